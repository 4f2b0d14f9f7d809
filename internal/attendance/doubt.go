package attendance

// Doubt is a reason to look at a punch again, which was found when it arrived. It never changes what the punch counts
// for.
type Doubt string

// The known doubts.
const (
	DoubtInaccurate Doubt = "inaccurate" // the device knew its place less well than the branch allows
)
