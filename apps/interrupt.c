/* SPDX-License-Identifier: MIT */
#include "apps/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t received, ends_at_once;

static void remember(int number)
{
    if (ends_at_once)
        _exit(128 + number);
    received = number;
}

static void catch_unless_ignored(int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_IGN)
        return; /* nohup and background jobs of scripts ask for this */
    action.sa_handler = remember;
    /* No SA_RESTART: a read from a terminal or pipe must return.  The handler
     * is gone after the first signal, so that the second one ends us. */
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void interrupt_install(void)
{
    catch_unless_ignored(SIGINT);
    catch_unless_ignored(SIGTERM);
    signal(SIGPIPE, SIG_IGN);
}

void interrupt_at_once(bool at_once)
{
    ends_at_once = at_once;
}

int interrupt_signal(void)
{
    return received;
}
