/* SPDX-License-Identifier: MIT */
/*
 * usage: embed NAME IN OUT
 *
 * Run while building: writes C source that defines NAME, the text of the file
 * IN, as an array ended by 0.  (A string literal may not be that long.)
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *in = argc == 4 ? fopen(argv[2], "rb") : NULL;
    FILE *out = in ? fopen(argv[3], "wb") : NULL;
    if (!out)
        return 1;
    fputs("/* made by eval/report/embed.c */\n"
          "#include \"eval/report_page.h\"\nconst char ",
          out);
    fputs(argv[1], out);
    fputs("[] = {", out);
    for (int c, column = 0; (c = getc(in)) != EOF; column++) {
        char text[] = {' ', '\'', '\\', 0, 0, 0, '\'', ',', 0};
        for (int i = 0; i < 3; i++)
            text[3 + i] = (char)('0' + (c >> (6 - 3 * i) & 7));
        fputs(column % 8 ? "" : "\n", out);
        fputs(text, out);
    }
    fputs("\n 0};\n", out);
    const int failed = ferror(in) || ferror(out);
    fclose(in);
    return fclose(out) != 0 || failed;
}
