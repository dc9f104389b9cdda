// Checks the reads and writes of the Go client while a DataNode dies. The program that runs this one kills the DataNode
// whose address it is told, and then sends a line.

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"sync"

	"github.com/colinmarc/hdfs/v2"
)

const (
	oneBlock  = 64 << 20
	pieceSize = 64 << 10
	readSize  = 32 << 20
	ackedSize = 8<<20 + 777
	writeSize = 24 << 20
)

// lastDialed holds the address of the DataNode to which the client has connected last.
type lastDialed struct {
	mutex   sync.Mutex
	address string
}

func (d *lastDialed) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d.mutex.Lock()
	d.address = address
	d.mutex.Unlock()
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (d *lastDialed) String() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.address
}

func randomBytes(length int) []byte {
	data := make([]byte, length)
	rand.New(rand.NewSource(7)).Read(data)
	return data
}

// readWhileOneDies reads a file. The DataNode that serves the file is killed after the first bytes.
func readWhileOneDies(client *hdfs.Client, datanode *lastDialed, lines *bufio.Reader) error {
	data := randomBytes(readSize)
	w, err := client.CreateFile("/read", 3, oneBlock, 0o644)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := closeWriter(w); err != nil {
		return err
	}
	r, err := client.Open("/read")
	if err != nil {
		return err
	}
	defer r.Close()
	got := make([]byte, readSize)
	if _, err := io.ReadFull(r, got[:pieceSize]); err != nil {
		return err
	}
	first := datanode.String()
	fmt.Println("kill", first)
	if _, err := lines.ReadString('\n'); err != nil {
		return err
	}
	if _, err := io.ReadFull(r, got[pieceSize:]); err != nil {
		return err
	}
	if !bytes.Equal(got, data) {
		return fmt.Errorf("other bytes than were written")
	}
	if datanode.String() == first {
		return fmt.Errorf("all of it came from the DataNode that was killed")
	}
	fmt.Println("read on from", datanode)
	return nil
}

// writeWhileOneDies writes until the write fails, waits until the file's lease is recovered, and reads the bytes that
// are left.
func writeWhileOneDies(client *hdfs.Client, datanode *lastDialed, lines *bufio.Reader) error {
	data := randomBytes(writeSize)
	w, err := client.CreateFile("/written", 3, oneBlock, 0o644)
	if err != nil {
		return err
	}
	if _, err := w.Write(data[:ackedSize]); err != nil {
		return err
	}
	// Flush does not wait for the acks: the program that runs this one waits until readers see these bytes.
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("acked %x\nkill %s\n", sha256.Sum256(data[:ackedSize]), datanode)
	if _, err := lines.ReadString('\n'); err != nil {
		return err
	}
	err = nil
	for at := ackedSize; at < len(data) && err == nil; at += pieceSize {
		_, err = w.Write(data[at:min(at+pieceSize, len(data))])
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		return fmt.Errorf("the write did not fail")
	}
	fmt.Println("failed", err)
	if _, err := lines.ReadString('\n'); err != nil {
		return err
	}
	got, err := client.ReadFile("/written")
	if err != nil {
		return err
	}
	if len(got) < ackedSize || !bytes.Equal(got, data[:len(got)]) {
		return fmt.Errorf("%d bytes are left, which is not the beginning of what was written", len(got))
	}
	fmt.Printf("left %d bytes, %d of them acked\n", len(got), ackedSize)
	return nil
}

func dying(address, user, what string) error {
	datanode := &lastDialed{}
	options := hdfs.ClientOptions{Addresses: []string{address}, User: user, DatanodeDialFunc: datanode.dial}
	client, err := hdfs.NewClient(options)
	if err != nil {
		return err
	}
	defer client.Close()
	lines := bufio.NewReader(os.Stdin)
	if what == "read" {
		return readWhileOneDies(client, datanode, lines)
	}
	return writeWhileOneDies(client, datanode, lines)
}
