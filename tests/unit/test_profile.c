/* Which server it is, by what buildInfo answers and the host's name; and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "json/json.h"
#include "json/tree.h"

static arena *a;

static int set_up(void **state) {
    (void)state;
    return arena_new(&a);
}

static int tear_down(void **state) {
    (void)state;
    arena_free(a);
    return 0;
}

/* What the servers answer, shortened to what may matter. */
#define MONGODB(version) "{\"version\": \"" version "\", \"gitVersion\": \"e61b\", \"modules\": [], \"storageEngines\": []}"
#define SECANTUSDB "{\"version\": \"8.2.11\", \"secantusVersion\": \"0.7.0b3\", \"gitVersion\": \"0000\"}"
#define FERRETDB_1 "{\"version\": \"7.0.42\", \"gitVersion\": \"unknown\", \"modules\": [], \"ferretdbVersion\": \"unknown\"}"
#define FERRETDB_1_24 "{\"version\": \"7.0.42\", \"gitVersion\": \"d4\", \"ferretdbVersion\": \"v1.24.0\"}"
#define FERRETDB_2                                                                                                             \
    "{\"version\": \"7.0.77\", \"gitVersion\": \"97\", \"ferretdb\": {\"version\": \"v2.7.0\", \"package\": \"docker\"}}"
#define DOCUMENTDB                                                                                                             \
    "{\"version\": \"7.0.0\", \"versionArray\": [7, 0, 0, 0], \"bits\": 64, \"maxBsonObjectSize\": 16777216, \"internal\": "   \
    "{\"documentdb_versions\": []}, \"ok\": 1.0}"

static const struct {
    const char *info, *host, *profile, *product;
} cases[] = {
    {MONGODB("8.2.1"), "", "mongodb-6.0+", "MongoDB"},
    {MONGODB("10.0.0"), "", "mongodb-6.0+", "MongoDB"},
    {MONGODB("6.0.0-rc3"), "", "mongodb-6.0+", "MongoDB"},
    {MONGODB("5.3.2"), "", "mongodb-5.0+", "MongoDB"},
    {MONGODB("5.0.0"), "", "mongodb-5.0+", "MongoDB"},
    {MONGODB("4.4.29"), "", "mongodb-4.2", "MongoDB"},
    {MONGODB("4.2.0"), "", "mongodb-4.2", "MongoDB"},
    {MONGODB("4.1.13"), "", "mongodb-4.0", "MongoDB"},
    {MONGODB("3.6.23"), "", "mongodb-4.0", "MongoDB"},
    {MONGODB("nonsense"), "", "mongodb-4.0", "MongoDB"},
    {"{}", "", "mongodb-4.0", "MongoDB"},
    {SECANTUSDB, "", "mongodb-6.0+", "SecantusDB"},
    {FERRETDB_1, "", "ferretdb-1", "FerretDB"},
    {FERRETDB_1_24, "", "ferretdb-1", "FerretDB"},
    {FERRETDB_2, "", "documentdb", "FerretDB"},
    {DOCUMENTDB, "", "documentdb", "DocumentDB"},
    /* MongoDB's own field of that name, should there ever be one, beside a gitVersion */
    {"{\"version\": \"7.0.0\", \"gitVersion\": \"x\", \"internal\": []}", "", "mongodb-6.0+", "MongoDB"},
    {MONGODB("7.0.0"), "shop.mongo.cosmos.azure.com", "cosmos", NULL},
    {MONGODB("3.2.0"), "shop.documents.azure.com", "cosmos", NULL},
    {MONGODB("7.0.0"), "c.shop.MongoCluster.Cosmos.Azure.com", "documentdb", NULL},
    {MONGODB("5.0.0"), "shop.cluster-x.eu-west-1.docdb.amazonaws.com", "amazon-documentdb", NULL},
    {MONGODB("8.0.0"), "shop.cluster-x.eu-west-1.docdb.amazonaws.com", "amazon-documentdb", NULL},
    {MONGODB("4.0.0"), "shop.cluster-x.eu-west-1.docdb.amazonaws.com", "amazon-documentdb-4.0", NULL},
    {MONGODB("5.0.0"), "shop.eu-west-1.docdb-elastic.amazonaws.com", "amazon-documentdb-4.0", NULL},
    /* names that only look alike */
    {MONGODB("7.0.0"), "docdb.amazonaws.com.example", "mongodb-6.0+", NULL},
    {MONGODB("7.0.0"), "xdocdb.amazonaws.com", "mongodb-6.0+", NULL},
    {MONGODB("7.0.0"), ".cosmos.azure.com", "mongodb-6.0+", NULL},
    {MONGODB("7.0.0"), "shop.mongodb.net", "mongodb-6.0+", NULL},
};

static void test_detection(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str info;
        server s;
        assert_int_equal(tree_parse(&info, a, str_of(cases[i].info), KF_E_INTERNAL, NULL), 0);
        json_server_of(&s, info, a);
        s.host = str_of(cases[i].host);
        if (strcmp(profile_detect(&s)->name, cases[i].profile) != 0) print_error("%s at '%s':\n", cases[i].info, cases[i].host);
        assert_string_equal(profile_detect(&s)->name, cases[i].profile);
        if (cases[i].product) assert_string_equal(s.product, cases[i].product);
    }
}

static void test_hosts(void **state) {
    (void)state;
    assert_true(profile_host_is_telling(STR("a.cosmos.azure.com")));
    assert_true(profile_host_is_telling(STR("A.DOCDB.AMAZONAWS.COM")));
    assert_false(profile_host_is_telling(STR("localhost")));
    assert_false(profile_host_is_telling(STR_NONE));
}

/* "database.collection" where the namespace is limited, the collection alone elsewhere. */
static void test_collection_bytes(void **state) {
    (void)state;
    static const struct {
        const char *profile;
        size_t bytes;
    } limits[] = {{"mongodb-6.0+", 250}, {"mongodb-5.0+", 250}, {"mongodb-4.2", 115},
                  {"mongodb-4.0", 115},  {"cosmos", 255},       {"ferretdb-1", 235}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        assert_int_equal(profile_collection_bytes(profile_find(str_of(limits[i].profile)), STR("shop")), limits[i].bytes);
}

/* Seven that the command line promises, whatever others there are; each says where it is from. */
static void test_all_have_sources(void **state) {
    (void)state;
    static const char *const promised[] = {"mongodb-4.0",       "mongodb-4.2", "mongodb-5.0+", "documentdb",
                                           "amazon-documentdb", "cosmos",      "ferretdb-1"};
    for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) assert_non_null(profile_find(str_of(promised[i])));
    for (size_t i = 0; profile_at(i); i++) {
        const profile *p = profile_at(i);
        assert_true(strlen(p->source) > 0 && strlen(p->title) > 0);
        assert_true(p->max_indexes && p->max_fields && (p->max_namespace_bytes || p->max_collection_bytes));
        assert_true(!(p->filter_operators & 1u << FILTER_OR) || p->max_filter_depth > 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_detection), cmocka_unit_test(test_hosts),
                                       cmocka_unit_test(test_collection_bytes), cmocka_unit_test(test_all_have_sources)};
    return cmocka_run_group_tests_name("profile", tests, set_up, tear_down);
}
