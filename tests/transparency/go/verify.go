// Verify a published log with the packages that Go's own module database is verified with:
// golang.org/x/mod/sumdb/note and tlog. Nothing here was written together with what it verifies.
//
//	verify FOLDER KEY ORIGIN
//
// FOLDER holds checkpoint, tile/..., and older, an earlier checkpoint of the log. proofs holds one proof a
// line, hashes in base64 behind their numbers: "inclusion INDEX ..." or "consistency ...", the latter from
// older to checkpoint.
// Exit status 0 and "verified N entries", or 1 and what is wrong.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // tiles of 256 hashes

func fail(format string, values ...interface{}) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

func check(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// tiles reads tiles from a folder; tlog writes their height into the path, C2SP does not.
type tiles struct{ folder string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// openCheckpoint verifies a signed checkpoint and reads its three lines.
func openCheckpoint(path, key, origin string) tlog.Tree {
	content, err := os.ReadFile(path)
	check(err, "checkpoint")
	verifier, err := note.NewVerifier(key)
	check(err, "key")
	opened, err := note.Open(content, note.VerifierList(verifier))
	check(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		fail("checkpoint: not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	hash, err := tlog.ParseHash(lines[2])
	check(err, "root hash")
	return tlog.Tree{N: size, Hash: hash}
}

// readEntries hashes every entry in the bundles of a log.
func readEntries(folder string, size int64) []tlog.Hash {
	var hashes []tlog.Hash
	for start := int64(0); start < size; start += 1 << height {
		width := size - start
		if width > 1<<height {
			width = 1 << height
		}
		tile := tlog.Tile{H: height, L: 0, N: start >> height, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		content, err := os.ReadFile(filepath.Join(folder, path))
		check(err, "bundle")
		for number := int64(0); number < width; number++ {
			if len(content) < 2 {
				fail("bundle %s: too short", path)
			}
			length := int(binary.BigEndian.Uint16(content))
			if len(content) < 2+length {
				fail("bundle %s: too short", path)
			}
			hashes = append(hashes, tlog.RecordHash(content[2:2+length]))
			content = content[2+length:]
		}
		if len(content) > 0 {
			fail("bundle %s: too long", path)
		}
	}
	return hashes
}

func parseProof(words []string) []tlog.Hash {
	var hashes []tlog.Hash
	for _, word := range words {
		content, err := base64.StdEncoding.DecodeString(word)
		check(err, "proof")
		var hash tlog.Hash
		if copy(hash[:], content) != tlog.HashSize || len(content) != tlog.HashSize {
			fail("proof: not a hash")
		}
		hashes = append(hashes, hash)
	}
	return hashes
}

// checkProofs verifies the proofs that the log's own library made.
func checkProofs(folder string, older, tree tlog.Tree, leaves []tlog.Hash) {
	content, err := os.ReadFile(filepath.Join(folder, "proofs"))
	check(err, "proofs")
	for _, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		words := strings.Fields(line)
		if words[0] == "consistency" {
			proof := tlog.TreeProof(parseProof(words[1:]))
			check(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash), "consistency")
			continue
		}
		index, err := strconv.ParseInt(words[1], 10, 64)
		check(err, "index")
		proof := tlog.RecordProof(parseProof(words[2:]))
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]), "inclusion")
	}
}

func main() {
	folder, key, origin := os.Args[1], os.Args[2], os.Args[3]
	tree := openCheckpoint(filepath.Join(folder, "checkpoint"), key, origin)
	older := openCheckpoint(filepath.Join(folder, "older"), key, origin)

	// Every leaf of every tile, verified by tlog against the root hash of the checkpoint.
	var wanted []int64
	for index := int64(0); index < tree.N; index++ {
		wanted = append(wanted, tlog.StoredHashIndex(0, index))
	}
	reader := tlog.TileHashReader(tree, tiles{folder})
	leaves, err := reader.ReadHashes(wanted)
	check(err, "tiles")

	for index, hash := range readEntries(folder, tree.N) {
		if hash != leaves[index] {
			fail("entry %d: not the one in the tree", index)
		}
	}
	checkProofs(folder, older, tree, leaves)
	fmt.Printf("verified %d entries\n", tree.N)
}
