// A FerretDB (SQLite backend) on a loopback port, for keyfold's live tests.
//
// FerretDB's own command panics when it is built from the module proxy, as its
// version files are not in the module; its embeddable package does not need them.
// The embeddable package starts no telemetry reporter, so nothing leaves loopback.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func run() error {
	listen := flag.String("listen", "127.0.0.1:27017", "loopback address and port")
	dir := flag.String("dir", "", "an existing folder for the SQLite files")
	flag.Parse()

	if flag.NArg() != 0 || *dir == "" {
		flag.Usage()
		os.Exit(2)
	}

	host, _, err := net.SplitHostPort(*listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not a loopback address", host)
	}

	path, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *listen},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + path + "/",
	})
	if err != nil {
		return err
	}

	return db.Run(ctx)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}
