/* SPDX-License-Identifier: MIT */
/* detect-data check */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apps/data_job.h"
#include "apps/text.h"

enum { COLUMNS = 79, INDENT = 10 };

static const char *const severities[] = {
    [DET_SEVERITY_INFO] = "info",
    [DET_SEVERITY_WARNING] = "warning",
    [DET_SEVERITY_ERROR] = "error",
};

/* --------------------------------------------------------------------- text */

/* Words, broken into lines. */
static void print_wrapped(const char *text, size_t *column)
{
    while (*text) {
        const size_t length = strcspn(text, " ");
        if (*column + 1 + length > COLUMNS) {
            printf("\n%*s", INDENT, "");
            *column = INDENT;
        } else if (*column > INDENT) {
            putchar(' ');
            ++*column;
        }
        fwrite(text, 1, length, stdout);
        *column += length;
        text += length + (text[length] == ' ');
    }
}

static void print_ids(const det_finding *f)
{
    if (f->id_count == 0)
        return;
    printf("%*s%s", INDENT, "", f->subject);
    for (size_t i = 0; i < f->id_count; i++)
        printf("%s %" PRId64, i ? "," : "", f->ids[i]);
    fputs(f->count > f->id_count ? ", ..." : "", stdout);
    if (f->detail[0]) {
        fputs(f->count > 1 ? "; the first: " : ": ", stdout);
        text_write_field(stdout, f->detail);
    }
    putchar('\n');
}

static void print_finding(const det_finding *f)
{
    size_t column = INDENT;
    printf("%-9s %s", severities[f->severity], f->code);
    if (f->subject[0])
        printf(" (%zu)", f->count);
    putchar('\n');
    print_ids(f);
    printf("%*s", INDENT, "");
    print_wrapped(f->effect, &column);
    print_wrapped(f->advice, &column);
    puts("\n");
}

static void print_sum(const struct data_job *job,
                      const det_check_report *report)
{
    const size_t errors = det_check_report_count(report, DET_SEVERITY_ERROR);
    const size_t warnings =
        det_check_report_count(report, DET_SEVERITY_WARNING);
    const size_t infos = det_check_report_count(report, DET_SEVERITY_INFO);
    text_write_field(stdout, job->options->annotations);
    printf(": %zu images, %zu annotations, %zu categories: ",
           det_dataset_image_count(job->dataset),
           det_dataset_annotation_count(job->dataset),
           det_dataset_category_count(job->dataset));
    if (errors + warnings + infos == 0)
        puts("nothing found");
    else
        printf("%zu kind%s of error, %zu of warning, %zu of note\n", errors,
               errors == 1 ? "" : "s", warnings, infos);
}

static void print_text(const struct data_job *job,
                       const det_check_report *report)
{
    det_finding finding;
    for (size_t i = 0; det_check_report_finding(report, i, &finding); i++)
        if (finding.severity == DET_SEVERITY_ERROR ||
            job->options->verbosity >= 0)
            print_finding(&finding);
    print_sum(job, report);
}

/* --------------------------------------------------------------------- JSON */

static void print_json_finding(const det_finding *f)
{
    printf("{\"severity\":\"%s\",\"code\":\"%s\",\"subject\":\"%s\","
           "\"count\":%zu,\"ids\":[",
           severities[f->severity], f->code, f->subject, f->count);
    for (size_t i = 0; i < f->id_count; i++)
        printf("%s%" PRId64, i ? "," : "", f->ids[i]);
    fputs("],\"detail\":", stdout);
    text_write_json(stdout, f->detail);
    fputs(",\"effect\":", stdout);
    text_write_json(stdout, f->effect);
    fputs(",\"advice\":", stdout);
    text_write_json(stdout, f->advice);
    putchar('}');
}

static void print_json(const struct data_job *job,
                       const det_check_report *report)
{
    det_finding finding;
    printf("{\"images\":%zu,\"annotations\":%zu,\"categories\":%zu,"
           "\"errors\":%zu,\"warnings\":%zu,\"infos\":%zu,\n\"findings\":[",
           det_dataset_image_count(job->dataset),
           det_dataset_annotation_count(job->dataset),
           det_dataset_category_count(job->dataset),
           det_check_report_count(report, DET_SEVERITY_ERROR),
           det_check_report_count(report, DET_SEVERITY_WARNING),
           det_check_report_count(report, DET_SEVERITY_INFO));
    for (size_t i = 0; det_check_report_finding(report, i, &finding); i++) {
        fputs(i ? ",\n" : "\n", stdout);
        print_json_finding(&finding);
    }
    puts("]}");
}

enum exit_code data_check(struct data_job *job)
{
    det_check_report *report = NULL;
    const det_status status = det_dataset_check(job->context, job->dataset,
                                                job->options->images, &report);
    if (status != DET_OK)
        return data_report(job, job->options->annotations, status);
    if (job->options->json)
        print_json(job, report);
    else
        print_text(job, report);
    const bool has_errors =
        det_check_report_count(report, DET_SEVERITY_ERROR) > 0;
    det_check_report_destroy(&report);
    return has_errors ? EXIT_DATASET : EXIT_DONE;
}
