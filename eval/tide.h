/* SPDX-License-Identifier: MIT */
/*
 * Why the average precision is not 1: TIDE (Bolya et al., "TIDE: A General
 * Toolbox for Identifying Object Detection Errors", ECCV 2020), by the rules of
 * its program tidecv 1.0.1, quirks included: a class in which something is
 * found but nothing is there has an AP of 0 and counts in the mean, an image
 * has its 100 best objects, sizes play no part.
 *
 * Unlike tidecv, objects of categories that the data set lacks are left out,
 * as they are in the scores.
 */
#ifndef EVAL_TIDE_H
#define EVAL_TIDE_H

#include "eval/scene.h"

#define DET_TIDE_FOREGROUND 0.5 /* t_f: an IoU that finds */
#define DET_TIDE_BACKGROUND 0.1 /* t_b: an IoU that is none */

enum det_tide_kind {
    DET_TIDE_UNJUDGED, /* not among the best of its image */
    DET_TIDE_RIGHT,
    DET_TIDE_CLASS,            /* found, but of another class */
    DET_TIDE_LOCATION,         /* of the class, t_b <= IoU <= t_f */
    DET_TIDE_BOTH,             /* neither class nor place */
    DET_TIDE_DUPLICATE,        /* of an object that a better one has found */
    DET_TIDE_BACKGROUND_ERROR, /* there is nothing */
    DET_TIDE_MISSED,           /* an object that none of the above would find */
    DET_TIDE_KINDS,
};

/* "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"; "" for the others. */
const char *det_tide_name(enum det_tide_kind kind);

/* What became of a found object. */
struct det_tide_found {
    enum det_tide_kind kind;
    bool ignored;   /* inside a crowd: neither right nor wrong */
    uint32_t class; /* as in det_scene_object */
    uint32_t truth; /* the annotation found, or the error's; DET_NO_INDEX */
    double score, area;
    double iou; /* with `truth` */
};

/* What became of an annotation. */
struct det_tide_truth {
    bool counts; /* no crowd, and of a known image and category */
    uint32_t class;
    uint32_t found; /* by this object of the results, or DET_NO_INDEX */
    uint32_t fix;   /* the best that a Cls or Loc error keeps from it, or
                       DET_NO_INDEX */
    double area;    /* pixels */
};

static inline bool det_tide_is_missed(const struct det_tide_truth *truth)
{
    return truth->counts && truth->found == DET_NO_INDEX &&
           truth->fix == DET_NO_INDEX;
}

struct det_tide {
    double ap;                     /* 0..1, at IoU t_f */
    double gains[DET_TIDE_KINDS];  /* of AP, were there no error of a kind */
    size_t counts[DET_TIDE_KINDS]; /* errors; of DET_TIDE_RIGHT: finds */
    double false_positive, false_negative; /* gains, without any of them */
    struct det_tide_found *found;          /* [results] */
    struct det_tide_truth *truths;         /* [annotations] */
    uint32_t *sequence; /* [results]: image by image, best first;
                           DET_NO_INDEX: not used */
    size_t num_found, num_truths, num_classes;
};

/* Prepare for det_tide_add. */
det_status det_tide_init(struct det_tide *out,
                         const struct det_dataset *dataset,
                         const struct det_results *results,
                         const struct det_scene_rules *rules,
                         struct det_message *message);

/* Judge an image; several threads may, each another. */
void det_tide_add(struct det_tide *tide, const struct det_scene *scene);

/* The AP and the gains, after every image. */
det_status det_tide_finish(struct det_tide *tide, struct det_message *message);

void det_tide_destroy(struct det_tide *tide);

#endif
