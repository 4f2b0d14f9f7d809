package identity

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// keysAtOnce is how many employees get their keys in one statement.
const keysAtOnce = 500

// FillKeys gives keys to the numbers of employees who have none, as those who were added before there were keys. Where
// numbers that exist already read alike, the first one gets the key: the others stay as they are, the log names them,
// and they get theirs when they are given another number.
func FillKeys(ctx context.Context, idb bun.IDB, log *slog.Logger) error {
	for last := int64(0); ; {
		var rows []numbered
		if err := idb.NewSelect().Model(&rows).Column("e.id", "e.number").Where("e.number_key IS NULL").
			Where("e.id > ?", last).Order("e.id").Limit(keysAtOnce).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		numbers := make([]string, len(rows))
		for i := range rows {
			rows[i].Key = Key(rows[i].Number)
			numbers[i] = rows[i].Number
		}
		taken, err := Alike(ctx, idb, numbers)
		if err != nil {
			return err
		}
		first := map[string]string{}
		rows = slices.DeleteFunc(rows, func(r numbered) bool {
			other, ok := taken[r.Number]
			if !ok {
				other, ok = first[r.Key]
			}
			if ok {
				log.WarnContext(ctx, "two employee numbers read alike; give one of the employees another",
					"employee_id", r.ID, "number", r.Number, "like", other)
				return true
			}
			first[r.Key] = r.Number
			return false
		})
		if err := setKeys(ctx, idb, rows); err != nil {
			return err
		}
	}
}

// Renumber gives an employee the key of another number, if that is free (see FreeNumber), and the key of the old one
// to whom it was kept from, if anybody.
func Renumber(ctx context.Context, idb bun.IDB, log *slog.Logger, number string, id int64) error {
	if err := FreeNumber(ctx, idb, number, id); err != nil {
		return err
	}
	if err := setKeys(ctx, idb, []numbered{{ID: id, Key: Key(number)}}); err != nil {
		return err
	}
	return FillKeys(ctx, idb, log)
}

func setKeys(ctx context.Context, idb bun.IDB, rows []numbered) error {
	if len(rows) == 0 {
		return nil
	}
	ids, args := make([]int64, len(rows)), make([]any, 0, 2*len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		args = append(args, r.ID, r.Key)
	}
	_, err := idb.NewUpdate().Table("employees").
		Set("number_key = CASE id "+strings.Repeat("WHEN ? THEN ? ", len(rows))+"END", args...).
		Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}
