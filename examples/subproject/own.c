/* What a statement asks for, from a program that has keyfold as a meson subproject. */
#include <keyfold/keyfold.h>
#include <stdio.h>

int main(void) {
    static const char sql[] = "ALTER TABLE \"t\" ADD CONSTRAINT \"x\" INDEX (\"a\" DESC);";
    kf_error err;
    kf_text text;
    if (kf_explain(&text, "parse", sql, sizeof sql - 1, NULL, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    fputs(text.data, stdout);
    kf_text_free(&text);
    return 0;
}
