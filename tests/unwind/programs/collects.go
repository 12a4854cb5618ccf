// Garbage, collected by Go's run time on the threads' own stacks; C is called once, so that the program has a
// C library. Prints "ok".
package main

/*
static int one(void) { return 1; }
*/
import "C"

import "fmt"

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func main() {
	kept := grow(int(C.one()) + 15)
	for i := 0; i < 400; i++ {
		kept.left = grow(14)
	}
	fmt.Println("ok")
}
