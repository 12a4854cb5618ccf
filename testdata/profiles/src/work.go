package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
	"time"
)

type node struct {
	left, right *node
	key         string
}

func (n *node) insert(key string) *node {
	if n == nil {
		return &node{key: key}
	}
	if key < n.key {
		n.left = n.left.insert(key)
	} else {
		n.right = n.right.insert(key)
	}
	return n
}

func keys(n int) []string {
	out := make([]string, 0, n)
	for i := 0; i < n; i++ {
		out = append(out, fmt.Sprintf("key-%d", (i*7919)%n))
	}
	return out
}

func work(n int) int {
	var root *node
	for _, k := range keys(n) {
		root = root.insert(strings.ToUpper(k))
	}
	sorted := keys(n)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	return len(sorted)
}

var mu sync.Mutex
var total int
var keep [][]byte

func contend(done *sync.WaitGroup) {
	defer done.Done()
	for i := 0; i < 20; i++ {
		mu.Lock()
		total += work(200)
		time.Sleep(time.Millisecond)
		mu.Unlock()
	}
}

func write(name string) {
	f, err := os.Create(name + ".pb.gz")
	if err != nil {
		panic(err)
	}
	pprof.Lookup(name).WriteTo(f, 0)
	f.Close()
}

func main() {
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	runtime.MemProfileRate = 4096
	f, _ := os.Create("cpu.pb.gz")
	pprof.StartCPUProfile(f)
	pprof.Do(context.Background(), pprof.Labels("phase", "tree", "size", "large"), func(context.Context) {
		for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
			work(3000)
		}
	})
	var done sync.WaitGroup
	for i := 0; i < 4; i++ {
		done.Add(1)
		go contend(&done)
	}
	for i := 0; i < 100; i++ {
		keep = append(keep, make([]byte, 10000*i))
	}
	wait := make(chan int)
	for i := 0; i < 3; i++ {
		go func() { <-wait }()
	}
	done.Wait()
	pprof.StopCPUProfile()
	f.Close()
	for _, name := range []string{"heap", "allocs", "mutex", "block", "goroutine", "threadcreate"} {
		write(name)
	}
	fmt.Println(total, len(keep))
}
