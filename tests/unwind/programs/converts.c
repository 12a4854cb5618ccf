/* Converts text for 300 ms with a module that libc loads by itself: no dlopen, no dlsym, no thread. Runs the
 * same where the character set is missing, and says so. */
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char text[1 << 16], converted[1 << 18];

int main(void) {
  const iconv_t convert = iconv_open("UTF-8", "EUC-JP");
  if (convert == (iconv_t)-1) return puts("no EUC-JP"), 0;
  for (size_t i = 0; i + 1 < sizeof text; i += 2) memcpy(text + i, "\xa4\xa2", 2);
  while (clock() < 300 * (CLOCKS_PER_SEC / 1000)) {
    char *from = text, *to = converted;
    size_t left = sizeof text, room = sizeof converted;
    if (iconv(convert, &from, &left, &to, &room) == (size_t)-1) return 1;
  }
  iconv_close(convert);
  puts("ok");
  return 0;
}
