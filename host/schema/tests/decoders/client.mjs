// A client: a real decoder, and eyes for what it holds.

/** JSON with numbers and texts that JavaScript and the encoder spell alike. */
export function canonical(value) {
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (typeof value === "number") return Number.isFinite(value) ? value : value > 0 ? "inf" : value < 0 ? "-inf" : "NaN";
    if (Array.isArray(value)) return value.map(canonical);
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(
            Object.entries(value).filter(([, member]) => member !== undefined).map(([name, member]) => [name, canonical(member)]),
        );
    }
    return value;
}

export class Client {
    constructor(lib, handshake) {
        this.lib = lib;
        this.decoder = lib.Reflection.decode(Buffer.from(handshake, "hex"));
        // The SDK always listens, and decoders take other ways then.
        this.decoder.triggerChanges = () => {};
    }

    receive(frame, how = "decode") {
        this.decoder[how](Buffer.from(frame, "hex"));
    }

    state() {
        return JSON.stringify(canonical(this.decoder.state.toJSON()));
    }

    /** Compares the references that the decoder counts with those that can be reached; null if all is well. */
    leak() {
        const { root, state } = this.decoder;
        const ids = new Map([...root.refs].map(([id, ref]) => [ref, id]));
        const counts = new Map([[0, 1]]);
        const seen = new Set();
        const visit = (ref) => {
            if (seen.has(ref)) return;
            seen.add(ref);
            for (const child of this.children(ref)) {
                const id = ids.get(child);
                if (id === undefined) throw new Error(`a ${child.constructor.name} in the state is not referenced`);
                counts.set(id, (counts.get(id) ?? 0) + 1);
                visit(child);
            }
        };
        try {
            visit(state);
        } catch (error) {
            return error.message;
        }
        for (const id of root.refs.keys()) {
            if (!counts.has(id)) return `reference ${id} leaks (counted ${root.refCount[id]})`;
        }
        for (const [id, count] of counts) {
            if (root.refCount[id] !== count) return `reference ${id} is counted ${root.refCount[id]} times, not ${count}`;
        }
        const stray = Object.keys(root.refCount).find((id) => !root.refs.has(Number(id)));
        return stray === undefined ? null : `reference ${stray} is counted but not there`;
    }

    children(ref) {
        const fields = ref.constructor[Symbol.metadata];
        const held =
            fields !== undefined && fields !== null
                ? Object.keys(fields).map((index) => ref[fields[index].name])
                : [...ref.values()];
        return held.filter((child) => child !== null && typeof child === "object");
    }
}
