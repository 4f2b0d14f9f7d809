package cli

import (
	"context"

	"hadir/internal/httpd"
	"hadir/internal/importer"
	"hadir/internal/terminal"
)

// addTerminal adds the role terminal, on a listener of its own: terminals know neither TLS nor paths of pages. A punch
// needs the database only, so Redis is no condition of readiness.
func (p *process) addTerminal(context.Context) error {
	if !p.has(roleTerminal) || p.config.TerminalAddr == "" {
		return nil
	}
	if !p.all {
		p.checkDatabase()
	}
	intake := importer.NewIntake(importer.Store{Employees: p.store.Employees, Recorder: p.sharedRecorder()},
		p.store.Quarantine, p.clock)
	s := terminal.New(terminal.Options{Terminals: p.store.Terminals, Commands: p.store.Commands, Intake: intake,
		Clock: p.clock, Log: p.log, Registry: p.registry, Token: p.config.TerminalToken})
	o := httpd.Options{Addr: p.config.TerminalAddr, Name: "terminal", Log: p.log, Health: p.health, Tracer: p.tracer,
		TrustedProxies: p.config.TrustedProxies, MaxPerAddress: p.config.MaxPerAddress, BodyLimit: terminal.MaxBody,
		LogPath: s.LogPath, Bodies: p.bodies()}
	if !p.all {
		o.Registry = p.registry // in one process the listener of the pages has these metrics
	}
	h := httpd.New(o)
	h.Mount(s.Routes)
	h.AllowBodies(s.BodyRule)
	if err := h.Bind(); err != nil {
		return err
	}
	p.add("terminals", stageRecorder, s.Run) // what the last requests told is written, too
	p.add("http terminal", stageFront, h.Run)
	return nil
}
