package cli

import (
	"hadir/api"

	"github.com/spf13/cobra"
)

// openapiCommand is for programs that make clients of the document, as the build of the pages does for their types.
func openapiCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI document of the API",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			document, err := api.Document()
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(document)
			return err
		},
	}
}
