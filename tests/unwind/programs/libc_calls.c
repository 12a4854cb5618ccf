/* The parts of libc with the most varied code: formatting, sorting, regular expressions, time, locale, string
 * functions written in assembly. */
#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static int by_text(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static int by_word(const void* a, const void* b) { return strcmp(a, b); }

int main(void) {
  setlocale(LC_ALL, "C.UTF-8");
  enum { kWords = 60 };
  char* words[kWords];
  for (int i = 0; i < kWords; i++) {
    if (asprintf(&words[i], "%s-%04d-%.3g", i % 3 ? "word" : "term", i * 7919 % 1009, sqrt(i)) < 0) return 1;
  }
  qsort(words, kWords, sizeof words[0], by_text);
  regex_t pattern;
  if (regcomp(&pattern, "^(w|t)[a-z]+-0*([1-9][0-9]+)-.*[5-9]$", REG_EXTENDED) != 0) return 1;
  int matches = 0;
  void* tree = NULL;
  for (int i = 0; i < kWords; i++) {
    regmatch_t groups[3];
    matches += regexec(&pattern, words[i], 3, groups, 0) == 0;
    tsearch(words[i], &tree, by_word);
  }
  regfree(&pattern);
  const time_t moment = 1700000000;
  struct tm parts;
  char date[64];
  strftime(date, sizeof date, "%A %d %B %Y %H:%M:%S %Z", localtime_r(&moment, &parts));
  wchar_t wide[64];
  char big[3000];
  memset(big, 'a', sizeof big);
  big[2999] = 0;
  const size_t length = mbstowcs(wide, date, 64) + strlen(big) + (size_t)(strstr(big, "aab") != NULL);
  const double number = strtod("3.14159265358979e-7", NULL) + exp(1.5) + pow(1.1, 30) + sin(0.3);
  printf("%d %s %zu %g %ls\n", matches, date, length, number, wide);
  return 0;
}
