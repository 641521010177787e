/* SPDX-License-Identifier: MIT */
#include "datasets/shape_outline.h"

#include <math.h>

enum { CURVE_POINTS = 48 };

static void add(struct det_outline *out, double x, double y)
{
    const int32_t at = out->ends[out->contours];
    out->xy[at][0] = x;
    out->xy[at][1] = y;
    out->ends[out->contours]++;
}

static void end_contour(struct det_outline *out)
{
    const int32_t end = out->ends[out->contours++];
    if (out->contours < DET_OUTLINE_CONTOURS)
        out->ends[out->contours] = end;
}

/* Points of an arc, both ends included; angles in degrees from the right, by
 * the bottom. */
static void add_arc(struct det_outline *out, double x, double radius,
                    double from, double to, int points)
{
    for (int i = 0; i < points; i++) {
        const double degrees = from + (to - from) * i / (points - 1);
        const double angle = degrees * M_PI / 180.0;
        add(out, x + radius * cos(angle), radius * sin(angle));
    }
}

static void add_circle(struct det_outline *out, double radius)
{
    const double step = 360.0 / CURVE_POINTS;
    add_arc(out, 0.0, radius, 0.0, 360.0 - step, CURVE_POINTS);
    end_contour(out);
}

/* Corners in turn on two circles, the first at the top. */
static void add_corners(struct det_outline *out, int corners, double outer,
                        double inner)
{
    for (int i = 0; i < corners; i++) {
        const double angle = 2.0 * M_PI * i / corners - M_PI / 2.0;
        const double radius = i % 2 ? inner : outer;
        add(out, radius * cos(angle), radius * sin(angle));
    }
    end_contour(out);
}

/* ------------------------------------------------------------------- curves */

static void circle(struct det_outline *out)
{
    add_circle(out, 1.0);
}

static void ring(struct det_outline *out)
{
    add_circle(out, 1.0);
    add_circle(out, 0.55);
}

static void triangle(struct det_outline *out)
{
    add_corners(out, 3, 1.0, 1.0);
}

static void hexagon(struct det_outline *out)
{
    add_corners(out, 6, 1.0, 1.0);
}

static void star(struct det_outline *out)
{
    add_corners(out, 10, 1.0, 0.42);
}

static void heart(struct det_outline *out)
{
    for (int i = 0; i < CURVE_POINTS; i++) {
        const double t = 2.0 * M_PI * i / CURVE_POINTS;
        const double y = 13.0 * cos(t) - 5.0 * cos(2.0 * t) -
                         2.0 * cos(3.0 * t) - cos(4.0 * t);
        add(out, pow(sin(t), 3.0), -(y + 2.5) / 16.0);
    }
    end_contour(out);
}

/* A circle less another one: the two meet at 51.3 degrees of the first and
 * 77.4 of the second. */
static void crescent(struct det_outline *out)
{
    add_arc(out, 0.0, 1.0, 51.3, 308.7, 32);
    add_arc(out, 0.45, 0.8, 282.6, 77.4, 24);
    end_contour(out);
}

static void drop(struct det_outline *out)
{
    for (int i = 0; i < CURVE_POINTS; i++) {
        const double t = 2.0 * M_PI * i / CURVE_POINTS;
        add(out, 0.8 * sin(t) * pow(sin(t / 2.0), 1.5), -cos(t));
    }
    end_contour(out);
}

/* -------------------------------------------------------------- straight ones
 */

/* x, y in hundredths; END ends a contour. */
enum { END = 127 };

static const signed char rectangle_points[] = {-75, -65, 75, -65, 75,
                                               65,  -75, 65, END, END};
static const signed char cross_points[] = {
    -32, -95, 32, -95, 32, -32, 95, -32, 95,  32,  32,  32,  32,
    95,  -32, 95, -32, 32, -95, 32, -95, -32, -32, -32, END, END};
static const signed char arrow_points[] = {
    -95, -25, 20, -25, 20, -65, 95, 0, 20, 65, 20, 25, -95, 25, END, END};
static const signed char bolt_points[] = {15, -98, -55, 12,  -8, 12,  -25, 98,
                                          58, -22, 10,  -22, 45, -98, END, END};
static const signed char a_points[] = {
    -18, -95, 18, -95, 70, 95, 35,  95, 24, 52,  -24, 52,  -35,
    95,  -70, 95, END, 0,  0,  -52, 16, 22, -16, 22,  END, END};
static const signed char e_points[] = {
    -55, -95, 60, -95, 60, -62, -18, -62, -18, -18, 48, -18, 48,
    15,  -18, 15, -18, 62, 60,  62,  60,  95,  -55, 95, END, END};
static const signed char k_points[] = {
    -60, -95, -22, -95, -22, -18, 26, -95, 68, -95, 14, -8,  72,
    95,  28,  95,  -12, 24,  -22, 40, -22, 95, -60, 95, END, END};
static const signed char four_points[] = {
    8, -95, 42,  -95, 42,  22, 64,  22, 64, 52,  42,  52, 42, 95, 6,   95,
    6, 52,  -68, 52,  -68, 22, END, 0,  6,  -42, -30, 22, 6,  22, END, END};

/* A contour's END is followed by anything, the last one's by END. */
static void add_straight(struct det_outline *out, const signed char *at)
{
    for (;; at += 2) {
        if (*at != END) {
            add(out, at[0] / 100.0, at[1] / 100.0);
            continue;
        }
        end_contour(out);
        if (at[1] == END)
            return;
    }
}

/* -------------------------------------------------------------------- table */

struct shape {
    const char *name;
    double turn;                         /* radians */
    void (*curve)(struct det_outline *); /* or points */
    const signed char *points;
};

#define ANY M_PI
/* An E on its back is another letter. */
#define UPRIGHT 0.45

static const struct shape shapes[] = {
    {"ellipse", ANY, circle, NULL},
    {"ring", ANY, ring, NULL},
    {"triangle", ANY, triangle, NULL},
    {"rectangle", ANY, NULL, rectangle_points},
    {"hexagon", ANY, hexagon, NULL},
    {"star", ANY, star, NULL},
    {"heart", ANY, heart, NULL},
    {"crescent", ANY, crescent, NULL},
    {"drop", ANY, drop, NULL},
    {"cross", ANY, NULL, cross_points},
    {"arrow", ANY, NULL, arrow_points},
    {"bolt", ANY, NULL, bolt_points},
    {"letter A", UPRIGHT, NULL, a_points},
    {"letter E", UPRIGHT, NULL, e_points},
    {"letter K", UPRIGHT, NULL, k_points},
    {"digit 4", UPRIGHT, NULL, four_points},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

size_t det_shape_count(void)
{
    return SHAPES;
}

const char *det_shape_name(size_t shape)
{
    return shape < SHAPES ? shapes[shape].name : NULL;
}

double det_shape_turn(size_t shape)
{
    return shapes[shape].turn;
}

void det_shape_outline(struct det_outline *out, size_t shape)
{
    *out = (struct det_outline){0};
    if (shapes[shape].curve)
        shapes[shape].curve(out);
    else
        add_straight(out, shapes[shape].points);
}
