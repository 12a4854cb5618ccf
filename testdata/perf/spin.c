#include <pthread.h>
#include <stdlib.h>
static volatile unsigned long sum;
__attribute__((noinline)) void leaf(unsigned long n) {
  for (unsigned long i = 0; i < n; i++) sum += i * i;
}
__attribute__((noinline)) void heavy(unsigned long n) {
  leaf(3 * n);
  sum++;
}
__attribute__((noinline)) void light(unsigned long n) {
  leaf(n);
  sum++;
}
__attribute__((noinline)) void work(unsigned long n) {
  for (int i = 0; i < 20; i++) {
    heavy(n);
    light(n);
  }
  sum++;
}
static void* second(void* n) {
  work(*(unsigned long*)n);
  return 0;
}
int main(int argc, char** argv) {
  unsigned long n = argc > 1 ? strtoul(argv[1], 0, 10) : 1000000;
  pthread_t t;
  pthread_create(&t, 0, second, &n);
  work(n);
  pthread_join(t, 0);
  return 0;
}
