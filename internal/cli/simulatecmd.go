package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"hadir/internal/terminal/simulate"

	"github.com/spf13/cobra"
)

// mostSimulated bounds the terminals that one process plays.
const mostSimulated = 5000

func simulateCommand(e *env) *cobra.Command {
	o := simulate.Options{Clock: e.clock}
	var firmware []string
	var out string
	var remote, again bool
	cmd := &cobra.Command{
		Use:   "simulate ADDRESS...",
		Short: "Speak as fingerprint terminals, for tests, load and demos",
		Long: "Plays terminals that push to ADDRESS, such as http://127.0.0.1:8083 or http://127.0.0.1:8083/t/TOKEN; " +
			"with several\naddresses a terminal goes on with the next one after a failure. They wait to be accepted " +
			"like real ones, and what people\npunch at them is recorded like real punches: use a database to try " +
			"things on.\n" +
			"Prints what the terminals believe at the end. The exit status is 1 if a line was not delivered.",
		Args: checkedArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load(cmd, e)
			if err != nil {
				return err
			}
			o.Log = e.logger(c)
			if o.Addresses, err = simulatedAddresses(args, remote); err != nil {
				return usageError{err}
			}
			for _, f := range firmware {
				g := simulate.Generation(f)
				if !slices.Contains(simulate.Generations(), g) {
					return usageError{fmt.Errorf("--firmware: %q is none of %v", f, simulate.Generations())}
				}
				o.Generation = append(o.Generation, g)
			}
			if o.Terminals > mostSimulated {
				return usageError{fmt.Errorf("--terminals: at most %d", mostSimulated)}
			}
			return runSimulation(cmd.Context(), e, o, out, again)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Terminals, "terminals", 3, fmt.Sprintf("how many, at most %d", mostSimulated))
	f.StringSliceVar(&firmware, "firmware", []string{"old", "current", "access"},
		"firmware generations, in turn: old, current, access (access control, which pushes rtlog)")
	f.StringVar(&o.Serial, "serial", "SIM", "what serial numbers begin with; 0001 and so on follow")
	f.IntVar(&o.People, "people", 100, "who punch at each terminal, with the PINs from 1 on")
	f.Float64Var(&o.Rate, "rate", 1, "punches per second, all terminals together; 0 for none")
	f.IntVar(&o.Lines, "lines", 0, "punches at the most, all terminals together; 0 for no bound")
	f.IntVar(&o.Backlog, "backlog", 0, "lines that each terminal has kept when it starts")
	f.IntVar(&o.Batch, "batch", 200, "lines of a push at the most")
	f.DurationVar(&o.Duration, "duration", time.Minute, "how long people punch")
	f.DurationVar(&o.Settle, "settle", time.Minute,
		"how long terminals may try to deliver what they keep after that")
	f.DurationVar(&o.Delay, "poll", 0, "pause between two questions for commands; default as the server tells")
	f.DurationVar(&o.ErrorDelay, "retry", 0, "pause after a failure; default as the server tells")
	f.BoolVar(&again, "again", false, "send the whole log once more at the end, as terminals do at times")
	f.StringVar(&out, "out", "",
		"file that gets a line for each line that is believed delivered: serial, PIN, time, status")
	f.BoolVar(&remote, "yes-remote", false, "allow an address that is not of this machine")
	return cmd
}

// simulatedAddresses reads the addresses of a simulation. Other machines are refused unless they are asked for: what is
// simulated becomes people's punches.
func simulatedAddresses(args []string, remote bool) (out []string, err error) {
	for _, a := range args {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
			return nil, fmt.Errorf("%q is no address such as http://127.0.0.1:8083", a)
		}
		ip := net.ParseIP(u.Hostname())
		if !remote && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("%s is not this machine, and what is simulated is recorded there as people's "+
				"punches; --yes-remote allows it", u.Host)
		}
		out = append(out, strings.TrimSuffix(strings.TrimSuffix(a, "/"), "/iclock"))
	}
	return out, nil
}

// runSimulation plays terminals and prints what they believe.
func runSimulation(ctx context.Context, e *env, o simulate.Options, out string, again bool) (err error) {
	if out != "" {
		var file *os.File
		if file, err = os.Create(out); err != nil {
			return err
		}
		w := bufio.NewWriter(file)
		defer func() { err = errors.Join(err, w.Flush(), file.Close()) }()
		o.Delivered = func(l simulate.Line) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Serial, l.PIN, l.At.Format(time.DateTime), l.Status)
		}
	}
	fleet, err := simulate.New(o)
	if err != nil {
		return usageError{err}
	}
	s := fleet.Run(ctx)
	e.printSimulated(s)
	if again && ctx.Err() == nil {
		pushes := s.Pushes
		s = fleet.Again(ctx)
		fmt.Fprintf(e.stdout, "The whole logs once more: %d pushes.\n", s.Pushes-pushes)
	}
	if s.Met < s.Terminals {
		fmt.Fprintf(e.stderr, "hadir: %d terminals were never answered\n", s.Terminals-s.Met)
	}
	if s.Kept() > 0 || s.Met < s.Terminals {
		return exitError(1)
	}
	return nil
}

func (e *env) printSimulated(s simulate.Summary) {
	fmt.Fprintf(e.stdout, "%d terminals, %d lines: %d believed delivered, %d kept\n", s.Terminals, s.Punched,
		s.Delivered, s.Kept())
	fmt.Fprintf(e.stdout, "%d pushes, %d questions for commands, %d commands; %d requests were refused, %d had no "+
		"answer\n", s.Pushes, s.Polls, s.Commands, s.Refused, s.Broken)
}
