package db

import (
	"strconv"
	"strings"

	"github.com/uptrace/bun/schema"
)

// shortestRange is how many ids make a range worth its while. It also bounds how many ranges there are.
const shortestRange = 8

// Among is the condition that a column holds one of some ids, which are in ascending order. Ids that follow one another
// are written as a range, which costs the database a fraction of what as many single ids do. Where a range of something
// else follows in the index, a list reads less, as of punches; it is worth it where each id has few rows.
func Among(column string, ids []int64) schema.QueryAppender {
	var ranges []string
	var single []byte
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n] == ids[0]+int64(n) {
			n++
		}
		if n >= shortestRange {
			ranges = append(ranges, column+" BETWEEN "+strconv.FormatInt(ids[0], 10)+" AND "+
				strconv.FormatInt(ids[n-1], 10))
		} else {
			for _, id := range ids[:n] {
				single = append(strconv.AppendInt(single, id, 10), ',')
			}
		}
		ids = ids[n:]
	}
	if len(single) > 0 || len(ranges) == 0 {
		list := strings.TrimSuffix(string(single), ",")
		if list == "" {
			list = "NULL" // nobody
		}
		ranges = append(ranges, column+" IN ("+list+")")
	}
	return schema.Safe("(" + strings.Join(ranges, " OR ") + ")")
}
