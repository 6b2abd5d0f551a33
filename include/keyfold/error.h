/* Errors of libkeyfold. */
#ifndef KEYFOLD_ERROR_H
#define KEYFOLD_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the library shows. */
#if defined(__GNUC__)
#define KF_API __attribute__((visibility("default")))
#else
#define KF_API
#endif

/* Codes are stable. Every function that can fail returns 0 or one of these, negated: -KF_E_SYNTAX. */
typedef enum kf_code {
    KF_OK = 0,
#define KF_CODE(name, number, status, summary, advice) KF_E_##name = number,
#include <keyfold/error_codes.h>
#undef KF_CODE
} kf_code;

/* What went wrong; the caller allocates it, every function takes NULL for it.
 * message is one line of UTF-8, NUL-terminated, that holds no password. */
typedef struct kf_error {
    int code;        /* a kf_code */
    int server_code; /* the server's own code, or 0 */
    size_t offset;   /* byte offset into the text that was given; meaningful if line > 0 */
    size_t line;     /* 1 is the first; 0: no place */
    size_t column;   /* in bytes, 1 is the first */
    char message[1000];
} kf_error;

/* "KF-020" for KF_E_SYNTAX, "KF-066" for a code that is none. A string that lives as long as the program. */
KF_API const char *kf_code_text(int code);
/* What the code means, in a line; it lives as long as the program. */
KF_API const char *kf_code_summary(int code);
/* What to do about it, in a line; it lives as long as the program. */
KF_API const char *kf_code_advice(int code);
/* The exit status that the command line gives for the code (docs/exit-status.md); 0 for KF_OK. */
KF_API int kf_code_exit_status(int code);

#ifdef __cplusplus
}
#endif
#endif
