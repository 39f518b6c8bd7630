// Many histories, some at once; the first that fails ends them all and says how to replay it.

export async function playHistories({ first, count, abreast = Number(process.env.PARLOR_ABREAST ?? 8) }, play) {
  const running = new Set();
  let next = 0;
  let failure;
  const worker = async () => {
    while (next < count && !failure) {
      const seed = first + next;
      next += 1;
      running.add(seed);
      try {
        await play(seed);
      } catch (error) {
        const others = [...running].filter((other) => other !== seed);
        failure ??= new Error(`${error.message}\n  replay: PARLOR_SEED=${seed}`
          + `${others.length > 0 ? ` (running beside it: ${others.join(' ')})` : ''}`, { cause: error });
      }
      running.delete(seed);
    }
  };
  await Promise.all(Array.from({ length: Math.min(abreast, count) }, worker));
  if (failure) throw failure;
}
