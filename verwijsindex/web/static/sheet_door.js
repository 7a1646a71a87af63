// Shuts the page off once it is there: from then on it may ask nothing, not even of its own server.

const SHUT = "default-src 'none'; base-uri 'none'; form-action 'none'";

/** Add the stricter policy, which no script can take away, and stop what scripts would open. */
export function shutDoor() {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = SHUT;
  document.head.append(policy);
  // No policy covers going elsewhere. A person may; a script may only offer a file made here.
  window.navigation?.addEventListener("navigate", (event) => {
    const isFile = event.downloadRequest !== null && event.destination.url.startsWith("blob:");
    if (!event.userInitiated && !isFile && event.cancelable) {
      event.preventDefault();
    }
  });
}
