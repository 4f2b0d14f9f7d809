package task

// SuccessBar is the share of tasks that must end well.
const SuccessBar = 0.99

// TaskRatio is tasks that ended well ÷ tasks that ended; false when none ended. Attempts that failed and were repeated
// do not count against it.
func (o Outcome) TaskRatio() (float64, bool) {
	return ratio(o.Succeeded, o.Died)
}

// AttemptRatio is attempts that ended well ÷ attempts, which is how asynq and asynqmon count; false when there were
// none.
func (o Outcome) AttemptRatio() (float64, bool) {
	return ratio(o.Succeeded, o.Died+o.Retried)
}

func ratio(good, bad int64) (float64, bool) {
	if good+bad == 0 {
		return 0, false
	}
	return float64(good) / float64(good+bad), true
}

// Total sums outcomes of any kinds.
func Total(os []Outcome) Outcome {
	var t Outcome
	for _, o := range os {
		t.Succeeded += o.Succeeded
		t.Died += o.Died
		t.Retried += o.Retried
	}
	return t
}
