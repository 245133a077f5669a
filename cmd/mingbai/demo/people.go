package demo

// Colleague is someone whom an owner asks in.
type Colleague struct {
	OwnerOf string // number of the merchant
	Phone   string
	Name    string
	Role    string
	Locale  string
}

// Colleagues are the people of the demo beside the owners. 林老板 keeps the books
// of the noodle shop too, and so belongs to two merchants.
var Colleagues = []Colleague{
	{OwnerOf: "M1005", Phone: "13500001122", Name: "Emma Lin", Role: "viewer", Locale: "en"},
	{OwnerOf: "M1002", Phone: "13900002233", Name: "李会计", Role: "finance", Locale: "zh-CN"},
	{OwnerOf: "M1001", Phone: "13500007790", Name: "林老板", Role: "finance", Locale: "zh-CN"},
}

// Member is one of the acquirer's own people.
type Member struct{ Login, Role, Name string }

// Staff are the acquirer's own people: one of each role, and of compliance two, since
// one puts in force what the other proposed.
var Staff = []Member{
	{"support", "support", "小何"}, {"lead", "lead", "周主管"}, {"compliance", "compliance", "沈合规"}, {"compliance_zheng", "compliance", "郑合规"},
	{"auditor", "auditor", "Nora"}, {"operator", "operator", "许运维"},
}
