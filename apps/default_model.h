/* SPDX-License-Identifier: MIT */
/* The model that comes with the programs, for who names none. */
#ifndef APPS_DEFAULT_MODEL_H
#define APPS_DEFAULT_MODEL_H

/* Where it lies: in an installation ../share/detect from the program, in a
 * build folder ../models.  Returned with free(); NULL when it is in neither. */
char *default_model_path(void);

#endif
