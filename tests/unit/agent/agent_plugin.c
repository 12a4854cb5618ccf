/* A module that agent_target loads and unloads. */
void plugin_work(void (*spin)(double), double seconds);
void plugin_work(void (*spin)(double), double seconds) {
  spin(seconds);
  __asm__ volatile("");
}
