/* The page around a report: no network, no fonts, nothing that is not in it. */
#include "report/html.h"

#include "page.h"

void html_text(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&': html(out, "&amp;"); break;
        case '<': html(out, "&lt;"); break;
        case '>': html(out, "&gt;"); break;
        case '"': html(out, "&quot;"); break;
        case '\'': html(out, "&#39;"); break;
        default: text_char(out, (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? '?' : s.p[i]);
        }
    }
}

void html_code(text *out, str s) {
    html(out, "<code>");
    html_text(out, s);
    html(out, "</code>");
}

void page_begin(text *out, str title, str lead) {
    html(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"");
    text_add(out, str_of(page_policy));
    html(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html_text(out, title);
    html(out, "</title>\n<style>");
    text_add(out, str_of(page_css));
    html(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the report</a>\n<header>\n<h1>");
    html_text(out, title);
    html(out, "</h1>\n<p class=\"lead\">");
    html_text(out, lead);
    html(out, "</p>\n</header>\n<main id=\"main\">\n");
}

void page_end(text *out) {
    html(out, "</main>\n<script>");
    text_add(out, str_of(page_js));
    html(out, "</script>\n</body>\n</html>\n");
}

void page_facts_begin(text *out) { html(out, "<dl class=\"facts\">\n"); }
void page_facts_end(text *out) { html(out, "</dl>\n"); }

void page_fact(text *out, const char *what, size_t n) {
    html(out, "<div><dt>");
    html_text(out, str_of(what));
    text_format(out, "</dt><dd>%zu</dd></div>\n", n);
}

/* Hidden until the script, without which it is of no use, shows it. */
void page_filter(text *out, const char *const *states) {
    html(out,
         "<form class=\"filter\" role=\"search\" hidden>\n"
         "<div><label for=\"words\">Filter by name, key, reason (press /)</label>"
         "<input type=\"search\" id=\"words\" name=\"words\" autocomplete=\"off\" spellcheck=\"false\"></div>\n"
         "<div><label for=\"state\">Show</label><select id=\"state\" name=\"state\"><option value=\"\">everything</option>");
    for (; *states; states++) {
        html(out, "<option>");
        html_text(out, str_of(*states));
        html(out, "</option>");
    }
    html(out, "</select></div>\n<output name=\"found\" for=\"words state\"></output>\n</form>\n");
}

void page_links(text *out, const str *names, size_t n) {
    enum { FEW = 4 };
    if (n < FEW) return;
    html(out, "<nav aria-label=\"Collections\">\n<details>\n<summary>Collections</summary>\n<ul>\n");
    for (size_t i = 0; i < n; i++) {
        text_format(out, "<li><a href=\"#c%zu\">", i + 1);
        html_code(out, names[i]);
        html(out, "</a></li>\n");
    }
    html(out, "</ul>\n</details>\n</nav>\n");
}

void page_section_begin(text *out, size_t n, str name) {
    text_format(out, "<section id=\"c%zu\" aria-labelledby=\"h%zu\" data-name=\"", n, n);
    html_text(out, name);
    text_format(out, "\">\n<h2 id=\"h%zu\">", n);
    html_code(out, name);
    html(out, "</h2>\n");
}

void page_section_end(text *out) { html(out, "</section>\n"); }

/* What overflows can be scrolled by keyboard. */
void page_table_begin(text *out, const char *label, const char *const *heads) {
    html(out, "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"");
    html_text(out, str_of(label));
    html(out, "\">\n<table>\n<thead><tr>");
    for (; *heads; heads++) {
        html(out, "<th scope=\"col\">");
        html_text(out, str_of(*heads));
        html(out, "</th>");
    }
    html(out, "</tr></thead>\n<tbody>\n");
}

void page_table_end(text *out) { html(out, "</tbody>\n</table>\n</div>\n"); }

void page_row(text *out, const char *state, const char *kind, const char *more) {
    text_format(out, "<tr data-state=\"%s%s%s\"><td><span class=\"badge %s\">%s</span></td>", state, *more ? " " : "", more,
                kind, state);
}
