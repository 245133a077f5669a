package account

import "strings"

// Device is what a browser says it runs on, as far as its owner would recognise
// it. It is stored as words that do not depend on a language.
type Device struct{ System, App string }

// The first of these that a browser's description names decides. Browsers name
// those they descend from, so that the order counts.
var (
	systems = []struct{ mark, name string }{
		{"iPhone", "iphone"}, {"iPad", "ipad"}, {"HarmonyOS", "harmony"}, {"OpenHarmony", "harmony"}, {"Android", "android"},
		{"Windows", "windows"}, {"Macintosh", "mac"}, {"Linux", "linux"},
	}
	apps = []struct{ mark, name string }{
		{"MicroMessenger", "wechat"}, {"AlipayClient", "alipay"}, {"HuaweiBrowser", "huawei"}, {"MiuiBrowser", "xiaomi"},
		{"UCBrowser", "uc"}, {"Quark", "quark"}, {"QQBrowser", "qq"}, {"Edg", "edge"}, {"Firefox", "firefox"},
		{"FxiOS", "firefox"}, {"CriOS", "chrome"}, {"Chrome", "chrome"}, {"Safari", "safari"},
	}
)

// DeviceOf reads a browser's User-Agent header.
func DeviceOf(userAgent string) (d Device) {
	for _, s := range systems {
		if strings.Contains(userAgent, s.mark) {
			d.System = s.name
			break
		}
	}
	for _, a := range apps {
		if strings.Contains(userAgent, a.mark) {
			d.App = a.name
			break
		}
	}
	return d
}

// String writes the device as it is stored.
func (d Device) String() string { return d.System + "/" + d.App }

// ParseDevice reads what String wrote.
func ParseDevice(stored string) Device {
	system, app, _ := strings.Cut(stored, "/")
	return Device{system, app}
}

// deviceNames are the message keys of systems and apps.
var deviceNames = map[string]string{
	"iphone": "account.device.iphone", "ipad": "account.device.ipad", "harmony": "account.device.harmony",
	"android": "account.device.android", "windows": "account.device.windows", "mac": "account.device.mac",
	"linux": "account.device.linux", "wechat": "account.device.wechat", "alipay": "account.device.alipay",
	"huawei": "account.device.huawei", "xiaomi": "account.device.xiaomi", "uc": "account.device.uc",
	"quark": "account.device.quark", "qq": "account.device.qq", "edge": "account.device.edge",
	"firefox": "account.device.firefox", "chrome": "account.device.chrome", "safari": "account.device.safari",
}

// Say names the device in the language of t, which writes a message of the
// catalogues.
func (d Device) Say(t func(key string, args ...any) string) string {
	system, app := deviceNames[d.System], deviceNames[d.App]
	switch {
	case system != "" && app != "":
		return t("account.device.both", "system", t(system), "app", t(app))
	case system != "":
		return t(system)
	case app != "":
		return t(app)
	}
	return t("account.device.unknown")
}
