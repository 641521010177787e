/* SPDX-License-Identifier: MIT */
#include "apps/standard_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void standard_files_hold(void)
{
    /* Opened the wrong way round on purpose: reading stdin and writing stdout
     * then fail as they would have.  open() takes the lowest free number. */
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
        if (fcntl(file, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null",
                        file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

enum exit_code standard_files_flush(struct console *console)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    console_error(console, "cannot write to standard output: %s",
                  strerror(errno));
    return EXIT_OUTPUT;
}
