/* SPDX-License-Identifier: MIT */
#include "eval/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/memory.h"
#include "eval/report_analysis.h"
#include "eval/report_data.h"
#include "eval/report_gallery.h"
#include "eval/report_page.h"

enum { MOST_PICTURES = 200 }; /* of both runs together */

struct writing {
    const struct det_report *report;
    struct det_report_analysis analyses[DET_REPORT_RUNS];
    struct det_report_classes classes;
    struct det_message *message;
};

/* ---------------------------------------------------------------------- data
 */

static det_status put_run(struct writing *x, struct det_page_writer *w,
                          size_t run)
{
    det_page_open(w, '{');
    det_report_put_run(w, &x->analyses[run], &x->classes);
    DET_TRY(det_report_put_gallery(w, x->report, &x->analyses[run], &x->classes,
                                   MOST_PICTURES / x->report->num_runs,
                                   x->message));
    det_page_close(w, '}');
    return DET_OK;
}

static det_status put_data(struct writing *x, struct det_page_writer *w)
{
    w->need_comma = false;
    det_page_open(w, '{');
    det_report_put_dataset(w, x->report, &x->classes);
    det_page_key(w, "runs");
    det_page_open(w, '[');
    for (size_t i = 0; i < x->report->num_runs; i++)
        DET_TRY(put_run(x, w, i));
    det_page_close(w, ']');
    det_page_close(w, '}');
    return DET_OK;
}

/* ---------------------------------------------------------------------- page
 */

/* The template's places: {{title}}, {{style}}, {{data}}, {{script}}. */
static det_status put_place(struct writing *x, struct det_page_writer *w,
                            const char *name, size_t length)
{
    const char *title = x->report->title;
    if (length == 5 && memcmp(name, "title", 5) == 0)
        det_page_html(w, title ? title : "Detection report");
    else if (length == 5 && memcmp(name, "style", 5) == 0)
        det_page_text(w, det_page_css_file);
    else if (length == 6 && memcmp(name, "script", 6) == 0)
        det_page_text(w, det_page_js_file);
    else if (length == 4 && memcmp(name, "data", 4) == 0)
        return put_data(x, w);
    return DET_OK;
}

static det_status put_page(struct writing *x, struct det_page_writer *w)
{
    const char *at = det_page_html_file;
    for (;;) {
        const char *begin = strstr(at, "{{");
        const char *end = begin ? strstr(begin, "}}") : NULL;
        if (!end)
            break;
        det_page_bytes(w, at, (size_t)(begin - at));
        DET_TRY(put_place(x, w, begin + 2, (size_t)(end - begin - 2)));
        at = end + 2;
    }
    det_page_text(w, at);
    return w->status;
}

static det_status write_page(struct writing *x, const char *path)
{
    struct det_safe_file file;
    DET_TRY(det_safe_file_open(&file, path, x->message));
    struct det_page_writer w = {.file = &file};
    const det_status status = put_page(x, &w);
    if (status != DET_OK) {
        det_safe_file_discard(&file);
        return status;
    }
    return det_safe_file_commit(&file);
}

/* ------------------------------------------------------------------ together
 */

static det_status make_folder(const char *folder, struct det_message *message)
{
    struct stat about;
    if (mkdir(folder, 0777) == 0)
        return DET_OK;
    const int error = errno;
    if (stat(folder, &about) == 0 && S_ISDIR(about.st_mode))
        return DET_OK;
    return det_fail(message, DET_ERROR_WRITE,
                    "%s: the folder cannot be made: %s", folder,
                    strerror(error));
}

static det_status path_in(char **out, const char *folder,
                          struct det_message *message)
{
    static const char name[] = "/index.html";
    const size_t length = strlen(folder);
    size_t size;
    if (!det_checked_add(&size, length, sizeof name))
        return det_fail_memory(message, SIZE_MAX);
    DET_TRY(det_allocate(out, size, 1, message));
    memcpy(*out, folder, length);
    memcpy(*out + length, name, sizeof name);
    return DET_OK;
}

static det_status analyse_all(struct writing *x)
{
    for (size_t i = 0; i < x->report->num_runs; i++)
        DET_TRY(det_report_analyse(&x->analyses[i], x->report,
                                   &x->report->runs[i], x->message));
    return det_report_classes_make(&x->classes, x->report,
                                   x->analyses[0].scores, x->message);
}

det_status det_report_write(const struct det_report *report, const char *folder,
                            struct det_message *message)
{
    struct writing *x = NULL;
    char *path = NULL;
    det_status status;
    if (report->num_runs < 1 || report->num_runs > DET_REPORT_RUNS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a report of %zu runs; 1 or 2 are possible",
                        report->num_runs);
    DET_TRY_OR_FAIL(det_allocate(&x, 1, sizeof *x, message));
    x->report = report;
    x->message = message;
    DET_TRY_OR_FAIL(make_folder(folder, message));
    DET_TRY_OR_FAIL(path_in(&path, folder, message));
    DET_TRY_OR_FAIL(analyse_all(x));
    status = write_page(x, path);
fail:
    for (size_t i = 0; x && i < DET_REPORT_RUNS; i++)
        det_report_analysis_destroy(&x->analyses[i]);
    if (x)
        det_report_classes_destroy(&x->classes);
    free(x);
    free(path);
    return status;
}
