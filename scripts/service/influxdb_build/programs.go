//go:build programs

// Package influxdb names the programs that are built, so that go.mod and go.sum fix the version and
// the hash of all they need. Nothing here is compiled itself.
package influxdb

import (
	_ "github.com/influxdata/influxdb/v2/cmd/influxd"
	_ "github.com/influxdata/pkg-config"
)
