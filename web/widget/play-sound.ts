/** How long one tab keeps others from playing the sound of the same reply. */
const heldMs = 2_000;

/** Two short notes for a reply, in one tab of the website only. Silent where the browser allows no sound yet. */
export async function playSound(replyId: string): Promise<void> {
  const play = () => {
    const audio = new AudioContext();
    const gain = audio.createGain();
    gain.connect(audio.destination);
    gain.gain.setValueAtTime(0.06, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.5);
    const tone = audio.createOscillator();
    tone.frequency.setValueAtTime(660, audio.currentTime);
    tone.frequency.setValueAtTime(880, audio.currentTime + 0.12);
    tone.connect(gain);
    tone.onended = () => void audio.close();
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  };
  try {
    await navigator.locks.request(`afterchat.sound.${replyId}`, { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      play();
      await new Promise((resolve) => setTimeout(resolve, heldMs));
    });
  } catch {
    // Frames of other websites may have no locks: then each tab plays.
    play();
  }
}
