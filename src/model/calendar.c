#include "model/calendar.h"

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int64_t days_in(int64_t year, int64_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool is_date(const moment *m) {
    return m->year >= 1 && m->year <= 9999 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= days_in(m->year, m->month);
}

static bool is_time(const moment *m) {
    return m->hour >= 0 && m->hour <= 23 && m->minute >= 0 && m->minute <= 59 && m->second >= 0 && m->second <= 59 &&
           m->microsecond >= 0 && m->microsecond <= 999999 && m->offset > -86400 && m->offset < 86400;
}

/* Since 1970-01-01; the year begins in March, in periods of 400 years. */
static int64_t days_since_1970(const moment *m) {
    int64_t y = m->year - (m->month <= 2), era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (m->month + (m->month > 2 ? -3 : 9)) + 2) / 5 + m->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool moment_to_ms(int64_t *out, const moment *m) {
    if (!is_date(m) || !is_time(m)) return false;
    int64_t seconds = days_since_1970(m) * 86400 + m->hour * 3600 + m->minute * 60 + m->second - m->offset;
    *out = seconds * 1000 + m->microsecond / 1000;
    return true;
}

/* Exactly n digits at *at. */
static bool take(str s, size_t *at, size_t n, int64_t *out) {
    if (s.n - *at < n) return false;
    for (*out = 0; n > 0; n--, ++*at) {
        char c = s.p[*at];
        if (c < '0' || c > '9') return false;
        *out = *out * 10 + (c - '0');
    }
    return true;
}

static bool take_char(str s, size_t *at, char c) { return *at < s.n && s.p[*at] == c && ++*at; }

static bool take_date(moment *m, str s, size_t *at) {
    return take(s, at, 4, &m->year) && take_char(s, at, '-') && take(s, at, 2, &m->month) && take_char(s, at, '-') &&
           take(s, at, 2, &m->day);
}

static bool take_fraction(moment *m, str s, size_t *at) {
    size_t digits = 0;
    for (; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; ++*at, digits++)
        if (digits < 6) m->microsecond = m->microsecond * 10 + (s.p[*at] - '0');
    if (digits == 0 || digits > 9) return false;
    for (; digits < 6; digits++) m->microsecond *= 10;
    return true;
}

static bool take_time(moment *m, str s, size_t *at) {
    if (!take(s, at, 2, &m->hour) || !take_char(s, at, ':') || !take(s, at, 2, &m->minute)) return false;
    if (!take_char(s, at, ':')) return true;
    if (!take(s, at, 2, &m->second)) return false;
    return !take_char(s, at, '.') || take_fraction(m, s, at);
}

static bool take_offset(moment *m, str s, size_t *at) {
    int64_t hours, minutes = 0, seconds = 0, sign = 1;
    if (*at == s.n || take_char(s, at, 'Z')) return true;
    if (take_char(s, at, '-')) sign = -1;
    else if (!take_char(s, at, '+')) return false;
    if (!take(s, at, 2, &hours)) return false;
    bool colon = take_char(s, at, ':');
    if (colon || *at < s.n) {
        if (!take(s, at, 2, &minutes)) return false;
        if (colon && take_char(s, at, ':') && !take(s, at, 2, &seconds)) return false;
    }
    m->offset = sign * (hours * 3600 + minutes * 60 + seconds);
    return minutes < 60 && seconds < 60;
}

bool moment_read(moment *out, str text) {
    size_t at = 0;
    *out = MOMENT_OF_TIME;
    if (text.n > 4 && text.p[4] == '-') {
        if (!take_date(out, text, &at)) return false;
        if (at == text.n) return true;
        if (!take_char(text, &at, ' ') && !take_char(text, &at, 'T')) return false;
    }
    return take_time(out, text, &at) && take_offset(out, text, &at) && at == text.n;
}
