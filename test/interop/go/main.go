// Writes and reads an HDFS with colinmarc/hdfs, the Go client, and checks each result.
//
//	interop HOST:PORT DIRECTORY
//	interop HOST:PORT read | write     reads or writes while a DataNode is killed, see dying.go
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/user"
	"path"
	"strings"

	"github.com/colinmarc/hdfs/v2"
)

const blockSize = 1 << 20

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: interop HOST:PORT DIRECTORY|read|write")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func step(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Println("ok", name)
	return nil
}

func run(address, what string) error {
	who, err := user.Current()
	if err != nil {
		return err
	}
	if what == "read" || what == "write" {
		return dying(address, who.Username, what)
	}
	return check(address, what, who)
}

func check(address, dir string, who *user.User) error {
	client, err := hdfs.NewClient(hdfs.ClientOptions{Addresses: []string{address}, User: who.Username})
	if err != nil {
		return err
	}
	defer client.Close()

	// Two blocks and a half.
	data := make([]byte, 5*blockSize/2)
	rand.New(rand.NewSource(3)).Read(data)
	file, moved := path.Join(dir, "written by Go"), path.Join(dir, "moved")
	steps := []struct {
		name string
		run  func() error
	}{
		{"mkdir with parents", func() error { return client.MkdirAll(dir, 0o750) }},
		{"write three blocks with two replicas", func() error { return write(client, file, data) }},
		{"stat", func() error { return stat(client, file, who.Username, int64(len(data))) }},
		{"read it whole", func() error { return readAll(client, file, data) }},
		{"read across a block border", func() error { return readAt(client, file, data, blockSize-100, 200) }},
		{"write a file in 4,099-byte pieces", func() error { return writePieces(client, path.Join(dir, "pieces"), data) }},
		{"append to a partial block, twice", func() error { return appendTwice(client, path.Join(dir, "appended"), data) }},
		{"truncate at the end of a block", func() error { return truncate(client, path.Join(dir, "appended"), data[:blockSize]) }},
		{"list", func() error { return list(client, dir, "appended", "pieces", "written by Go") }},
		{"checksum", func() error { return checksum(client, file, path.Join(dir, "pieces")) }},
		{"create again is refused", func() error { return refused(client.CreateEmptyFile(file), os.ErrExist) }},
		{"chmod", func() error { return client.Chmod(file, 0o600) }},
		{"rename", func() error { return client.Rename(file, moved) }},
		{"the old name is gone", func() error { _, err := client.Stat(file); return refused(err, os.ErrNotExist) }},
		{"content summary", func() error { return summary(client, dir, int64(2*len(data)+blockSize)) }},
		{"file system status", func() error { _, err := client.StatFs(); return err }},
		{"remove a directory that is not empty is refused", func() error { return notEmpty(client.Remove(dir)) }},
		{"remove", func() error { return client.RemoveAll(dir) }},
	}
	for _, s := range steps {
		if err := step(s.name, s.run()); err != nil {
			return err
		}
	}
	return nil
}

func write(client *hdfs.Client, name string, data []byte) error {
	w, err := client.CreateFile(name, 2, blockSize, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		return err
	}
	return closeWriter(w)
}

func writePieces(client *hdfs.Client, name string, data []byte) error {
	w, err := client.CreateFile(name, 3, blockSize, 0o644)
	if err != nil {
		return err
	}
	for rest := data; len(rest) > 0; {
		n := min(4099, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return closeWriter(w)
}

// appendTwice appends bytes that end within a block, and then bytes that end beyond it. It reads the whole file back
// each time.
func appendTwice(client *hdfs.Client, name string, data []byte) error {
	w, err := client.CreateFile(name, 3, blockSize, 0o644)
	if err != nil {
		return err
	}
	from := 0
	for _, to := range []int{blockSize / 3, blockSize / 2, len(data)} {
		if from > 0 {
			if w, err = client.Append(name); err != nil {
				return err
			}
		}
		if _, err := w.Write(data[from:to]); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if err := closeWriter(w); err != nil {
			return err
		}
		if err := readAll(client, name, data[:to]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func truncate(client *hdfs.Client, name string, rest []byte) error {
	done, err := client.Truncate(name, int64(len(rest)))
	if err == nil && !done {
		err = errors.New("a block is being recovered")
	}
	if err != nil {
		return err
	}
	return readAll(client, name, rest)
}

// closeWriter closes a file. The client itself does not ask again while the NameNode waits for reports of replicas, so
// this function does.
func closeWriter(w *hdfs.FileWriter) error {
	for try := 0; ; try++ {
		err := w.Close()
		if try < 20 && hdfs.IsErrReplicating(err) {
			continue
		}
		return err
	}
}

func stat(client *hdfs.Client, name, owner string, size int64) error {
	info, err := client.Stat(name)
	if err != nil {
		return err
	}
	status := info.(*hdfs.FileInfo)
	if info.Size() != size || info.Mode() != 0o644 || info.IsDir() || status.Owner() != owner {
		return fmt.Errorf("got %d %v %s", info.Size(), info.Mode(), status.Owner())
	}
	return nil
}

func readAll(client *hdfs.Client, name string, data []byte) error {
	got, err := client.ReadFile(name)
	if err == nil && !bytes.Equal(got, data) {
		err = fmt.Errorf("%d bytes that differ from the %d written", len(got), len(data))
	}
	return err
}

func readAt(client *hdfs.Client, name string, data []byte, offset, length int) error {
	r, err := client.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	got := make([]byte, length)
	if _, err := r.ReadAt(got, int64(offset)); err != nil {
		return err
	}
	if !bytes.Equal(got, data[offset:offset+length]) {
		return errors.New("other bytes than were written there")
	}
	return nil
}

func list(client *hdfs.Client, dir string, want ...string) error {
	infos, err := client.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, info := range infos {
		names = append(names, info.Name())
	}
	if strings.Join(names, "|") != strings.Join(want, "|") {
		return fmt.Errorf("got %q", names)
	}
	return nil
}

func checksum(client *hdfs.Client, names ...string) error {
	var sums [][]byte
	for _, name := range names {
		r, err := client.Open(name)
		if err != nil {
			return err
		}
		sum, err := r.Checksum()
		r.Close()
		if err != nil {
			return err
		}
		sums = append(sums, sum)
	}
	fmt.Printf("checksum %x\n", sums[0])
	if !bytes.Equal(sums[0], sums[1]) {
		return fmt.Errorf("the same bytes have checksums %x and %x", sums[0], sums[1])
	}
	return nil
}

func summary(client *hdfs.Client, dir string, size int64) error {
	s, err := client.GetContentSummary(dir)
	if err == nil && (s.Size() != size || s.FileCount() != 3 || s.DirectoryCount() != 1) {
		err = fmt.Errorf("%d bytes, %d files, %d directories", s.Size(), s.FileCount(), s.DirectoryCount())
	}
	return err
}

func refused(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("expected %q, got %v", want, err)
	}
	return nil
}

func notEmpty(err error) error {
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		return fmt.Errorf("expected that it is not empty, got %v", err)
	}
	return nil
}
