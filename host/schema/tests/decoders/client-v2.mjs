// A client of SDK 0.15: the decoder of v2 is the state itself.
import { canonical } from "./client.mjs";

export class ClientV2 {
    constructor(lib, handshake) {
        this.root = lib.Reflection.decode([...Buffer.from(handshake, "hex")]);
        this.heard = new WeakSet();
        this.listen(this.root);
    }

    /** Does as games do: listens to a part of the state, and to what comes into it. The decoder takes other ways then. */
    listen(part) {
        if (part?.$changes === undefined || this.heard.has(part)) return;
        this.heard.add(part);
        part.onChange(() => {});
        part.onRemove(() => {});
        const schema = part._definition?.schema;
        if (schema === undefined) part.onAdd((item) => this.listen(item));
        for (const field in schema ?? {}) part.listen(field, (value) => this.listen(value));
    }

    receive(frame) {
        this.root.decode([...Buffer.from(frame, "hex")]);
    }

    state() {
        return JSON.stringify(canonical(this.sent(this.root.toJSON())));
    }

    /** Fields of the root that hold structs begin with an instance, which nobody sent and which has no reference. */
    sent(json) {
        for (const field in this.root._definition.schema) {
            if (this.root[field]?.$changes !== undefined && this.root[field].$changes.refId === undefined) delete json[field];
        }
        return json;
    }

    /**
     * Compares the references that the decoder counts with those that can be reached; null if all is well. The
     * decoder forgets some whose last holder went together with it: those stay, but must be counted 0 times,
     * or be held by such a one.
     */
    leak() {
        const { refs, refCounts } = this.root.$changes.root;
        const counts = new Map();
        const visit = (holder) => {
            for (const child of this.children(holder)) {
                const id = child.$changes.refId;
                if (refs.get(id)?.$changes.refId !== id) throw new Error(`a ${child.constructor.name} in the state is not referenced`);
                counts.set(id, (counts.get(id) ?? 0) + 1);
                if (counts.get(id) === 1) visit(child);
            }
        };
        try {
            visit(this.root);
            const forgotten = [...refs].filter(([id]) => id !== 0 && !counts.has(id) && !(refCounts[id] > 0));
            for (const [, ref] of forgotten) visit(ref);
        } catch (error) {
            return error.message;
        }
        for (const [id, ref] of refs) {
            if (id !== 0 && (refCounts[id] ?? 0) !== (counts.get(id) ?? 0)) {
                return `reference ${id}, a ${ref.constructor.name}, is counted ${refCounts[id]} times, not ${counts.get(id) ?? 0}`;
            }
        }
        return null;
    }

    children(ref) {
        const schema = ref._definition?.schema;
        const held = schema !== undefined ? Object.keys(schema).map((field) => ref[field]) : [...ref.values()];
        return held.filter((child) => child?.$changes?.refId !== undefined);
    }
}
