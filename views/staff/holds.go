package staff

// HoldsPath is where the deductions are that the gate holds.
const HoldsPath = "/admin/holds"
