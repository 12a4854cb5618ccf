// C called from Go: from the first goroutine and from another one. Prints "ok".
package main

/*
#include <time.h>

static volatile unsigned long sink;

__attribute__((noinline)) static void burn(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  const double end = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec + 0.2;
  do {
    for (int i = 0; i < 20000; i++) sink += (unsigned long)i;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  } while ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec < end);
}
*/
import "C"

import "fmt"

//go:noinline
func work() { C.burn() }

func main() {
	done := make(chan bool)
	go func() {
		work()
		done <- true
	}()
	work()
	<-done
	fmt.Println("ok")
}
