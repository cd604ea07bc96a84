// A press that would throw something away asks once more, on the button itself.

const ARMED_MS = 4_000;

// `isDear()` tells whether it is worth asking.
export function askTwice(button, { sure, isDear, act }) {
  const label = button.textContent;
  let armed = null;
  const disarm = () => {
    clearTimeout(armed);
    armed = null;
    button.textContent = label;
    button.classList.remove('armed');
  };
  button.addEventListener('blur', disarm);
  button.onclick = () => {
    if (armed || !isDear()) {
      disarm();
      act();
      return;
    }
    button.textContent = sure;
    button.classList.add('armed');
    armed = setTimeout(disarm, ARMED_MS);
  };
}
