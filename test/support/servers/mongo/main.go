// A server of MongoDB's wire protocol for the tests: FerretDB 1.24 on SQLite, in the directory given as argument.
//
// It prints its address, "host:port", and ends when its standard input does: so it never outlives who started it.
//
// FerretDB 1 finds and modifies in two steps (internal/handler/msg_findandmodify.go) where MongoDB does it in one,
// and jobs are locked by just that command. So one command at a time is let in.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Flag of OP_MSG: the client expects no reply.
const moreToCome = 1 << 1

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		log.Fatal("usage: mongo-server DIRECTORY [HOST:PORT]")
	}
	address := "127.0.0.1:0"
	if len(os.Args) == 3 {
		address = os.Args[2]
	}
	directory, err := filepath.Abs(os.Args[1])
	check(err)
	check(os.MkdirAll(directory, 0o700))
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + directory + "/",
	})
	check(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		check(server.Run(ctx))
		close(ended)
	}()

	front, err := net.Listen("tcp", address)
	check(err)
	inner := server.MongoDBURI()
	go serve(front, inner[len("mongodb://"):len(inner)-1])
	fmt.Println(front.Addr())

	_, _ = io.Copy(io.Discard, os.Stdin)
	check(front.Close())
	stop()
	<-ended
}

func serve(front net.Listener, inner string) {
	var oneAtATime sync.Mutex
	for {
		client, err := front.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("tcp", inner)
			if err != nil {
				return
			}
			defer server.Close()
			for pass(client, server, &oneAtATime) == nil {
			}
		}()
	}
}

// Passes one command to the server and its reply back.
func pass(client, server net.Conn, oneAtATime *sync.Mutex) error {
	command, err := readMessage(client)
	if err != nil {
		return err
	}
	oneAtATime.Lock()
	reply, err := ask(server, command)
	oneAtATime.Unlock()
	if err != nil {
		return err
	}
	_, err = client.Write(reply)
	return err
}

func ask(server net.Conn, command []byte) ([]byte, error) {
	if _, err := server.Write(command); err != nil {
		return nil, err
	}
	const opMsg = 2013
	if binary.LittleEndian.Uint32(command[12:]) == opMsg && command[16]&moreToCome != 0 {
		return nil, nil
	}
	return readMessage(server)
}

func readMessage(from net.Conn) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(length[:])
	if size < 20 || size > 48_000_000 {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	message := make([]byte, size)
	copy(message, length[:])
	_, err := io.ReadFull(from, message[4:])
	return message, err
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
