// The program that the reports are about.

int main() {
  walk(3);
  return hash(4);
}
