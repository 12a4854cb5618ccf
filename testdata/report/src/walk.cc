// Calls itself.
int walk(int depth) {
  int sum = 0;
  for (int i = 0; i < 1000; i++) sum += i;
  if (depth > 0) sum += walk(depth - 1);
  return hash(sum);
}
