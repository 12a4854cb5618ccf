// A service with Go's own profiles, as people have them: sources_test.cc reads them over HTTP.
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"sync"
)

var (
	mutex sync.Mutex
	kept  []byte
	sum   int
)

func work() {
	for i := 0; i < 1_000_000; i++ {
		sum += i * i
	}
	kept = make([]byte, 1<<20)
}

func main() {
	runtime.SetMutexProfileFraction(1)
	runtime.MemProfileRate = 4096
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	for i := 0; i < 2; i++ {
		go func() {
			for {
				mutex.Lock()
				work()
				mutex.Unlock()
			}
		}()
	}
	fmt.Println(listener.Addr())
	http.Serve(listener, nil)
}
