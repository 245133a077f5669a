// Package api answers other systems: the acquirer's core system above all. Each
// operation is declared once, with the scope that a key needs for it, and from
// the declarations come the routes, the OpenAPI document and the page that
// explains them.
//
// Every error is a problem document. A write that bears an idempotency key has
// its effect once.
package api

import (
	"crypto/rand"
	"log/slog"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/seal"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Prefix begins the address of every operation.
const Prefix = "/api/v1"

// Options are what the operations need.
type Options struct {
	DB      *db.DB
	Clock   clock.Clock
	Jobs    event.Queue
	Plans   *disclosure.Catalogue
	Policy  func() fee.Policy
	Gate    *gate.Gate
	Cases   *complaint.Cases
	Answers *guard.Answers
	Log     *slog.Logger
	Watch   *watch.Gate                    // measures the gate; nil: nothing does
	Upload  int64                          // how long a file or a list may be, in bytes; 0 is 32 MB
	Secret  []byte                         // closes answers that let somebody in; at least 32 bytes, the same on all servers; nil: one of this process
	URL     string                         // where the portal is reached, without a slash at its end
	Frame   func(c echo.Context) page.Page // of the page that explains the API
}

// API is the operations, and what was asked of them.
type API struct {
	Options
	once       *apikey.Once
	log        *requestLog
	inner      *echo.Echo // holds the handlers; the server's router leads to them
	huma       huma.API
	operations []*Operation
}

const defaultUpload = 32 << 20

// New returns the API with all its operations.
func New(o Options) *API {
	if o.Upload == 0 {
		o.Upload = defaultUpload
	}
	if o.Secret == nil {
		o.Secret = []byte(rand.Text() + rand.Text())
	}
	box, err := seal.New(o.Secret, "api answers")
	if err != nil {
		panic("api: " + err.Error()) // who sets it has checked its length
	}
	a := &API{Options: o, once: apikey.NewOnce(o.DB, box), inner: echo.New(), log: newRequestLog(o.DB, o.Log)}
	a.huma = humaecho.New(a.inner, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Mingbai", Version: "v1", Description: overview},
			Servers: []*huma.Server{{URL: o.URL}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					securityName: {Type: "http", Scheme: "bearer", Description: "A key that the acquirer's operators made at /admin/keys or with mingbai key add."},
				},
			},
			Tags: tags(),
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	a.register()
	return a
}

// register declares the operations, in the order in which they are explained.
func (a *API) register() {
	a.registerMerchants()
	a.registerTerminals()
	a.registerEnrolments()
	a.registerGate()
	a.registerRefunds()
	a.registerSchedule()
	a.registerImports()
	a.registerUsage()
	a.registerSettlements()
	a.registerDeductions()
	a.registerTerminalReports()
	a.registerEvents()
	a.registerEntryLinks()
}

// Routes registers the operations, the OpenAPI document and the page about them.
func (a *API) Routes(r *server.Router) {
	for _, op := range a.operations {
		access := a.noted(guard.Key(op.Scope), op.Watched)
		handler := a.handler(op)
		switch op.Method {
		case methodGet:
			r.Get(op.pattern(), access, handler)
		case methodPut:
			r.Put(op.pattern(), access, handler, server.Body(op.bodyLimit()))
		case methodPost:
			r.Post(op.pattern(), access, handler, server.Body(op.bodyLimit()))
		}
	}
	const open = "how to build against the API is for everybody"
	r.Get(openAPIPath, guard.Public(open), a.openAPI)
	r.Get(guard.DocsPath, guard.Public(open), a.docs)
}

// overview is what the OpenAPI document says of the API as a whole.
const overview = `The API of a payment acquirer's merchant portal, for its core system.

Every request shows a key in the header Authorization: Bearer mbk_…, whose scopes say what it may do. It may be bound to networks.

Amounts are whole fen in properties that end in _fen, dates are 2026-01-31 in Shanghai, instants are RFC 3339 with their zone.

Every write takes Idempotency-Key: the same request with the same key has its effect once, and within 30 days is given the first answer again, with Idempotency-Replayed: true. The same key with another request is 409. A request that was refused has had no effect, and may be sent again with its key.

Every error is a problem document after RFC 9457 (application/problem+json) with a code that does not change, and an entry for each property that is wrong. Accept-Language: zh-CN or en chooses the language of its texts.`
