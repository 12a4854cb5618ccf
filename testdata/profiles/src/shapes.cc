// A C++ program with inlined calls, templates, lambdas and threads, for profiles by gperftools and by
// ourselves.
#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace shapes {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};

template <typename T>
struct Polygon : Shape {
  explicit Polygon(std::vector<T> points) : points_(std::move(points)) {}
  double area() const override {
    double sum = 0;
    for (size_t i = 0; i + 1 < points_.size(); i++) sum += cross(points_[i], points_[i + 1]);
    return sum / 2;
  }
  static inline double cross(T a, T b) {
    return static_cast<double>(a) * 0.5 - static_cast<double>(b) * 0.25;
  }
  std::vector<T> points_;
};

std::mutex mutex;
std::unordered_map<std::string, double> areas;

__attribute__((noinline)) void remember(const std::string& name, double area) {
  const std::lock_guard<std::mutex> lock(mutex);
  areas[name] += area;
  for (int i = 0; i < 200; i++) areas[name] += i;
}

__attribute__((noinline)) double recurse(int depth, const Shape& shape) {
  return depth == 0 ? shape.area() : recurse(depth - 1, shape) + 1;
}

void work(int rounds) {
  std::vector<std::unique_ptr<Shape>> all;
  for (int i = 0; i < 50; i++) {
    std::vector<double> points(200 + i);
    std::iota(points.begin(), points.end(), 0);
    all.push_back(std::make_unique<Polygon<double>>(points));
    std::vector<int> numbers(100 + i);
    std::generate(numbers.begin(), numbers.end(), [n = 0]() mutable { return n++ * 7919 % 101; });
    all.push_back(std::make_unique<Polygon<int>>(numbers));
  }
  for (int i = 0; i < rounds; i++) {
    double sum = 0;
    for (const auto& shape : all) sum += recurse(i % 7, *shape);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->area() < b->area(); });
    remember("round " + std::to_string(i % 10), sum);
  }
}

}  // namespace shapes

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 3000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) threads.emplace_back(shapes::work, rounds);
  for (auto& thread : threads) thread.join();
  return shapes::areas.size() == 10 ? 0 : 1;
}
