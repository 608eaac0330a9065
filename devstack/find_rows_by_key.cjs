// Loaded into Azurite: finds rows by their keys, as Azure does. Azurite alone looks at every row of a table for each
// query, and at every row of a partition for each row, so that a directory of 10,000 users takes hours.
// What Azurite decides about the rows it is shown (filters, pages) stays its own.
const { default: Store } = require("azurite/dist/src/table/persistence/LokiTableMetadataStore");

/** The rows of one table: by partition, then by row key, with the row keys in order. */
class Index {
  #partitions = new Map();

  constructor(collection) {
    collection.binaryIndices = {}; // Azurite's own, by either key alone: costly with every write, and of no more use
    collection.data.forEach((row) => this.#put(row));
    collection.on("insert", (row) => this.#put(row));
    collection.on("update", (row) => this.#put(row));
    collection.on("delete", (row) => this.#drop(row));
  }

  get(partitionKey, rowKey) {
    return this.#partitions.get(partitionKey)?.rows.get(rowKey) ?? null;
  }

  /** Rows of a partition in the order of their keys, from one row key (in) to another (out). */
  *between(partitionKey, low, high) {
    const partition = this.#partitions.get(partitionKey);
    if (!partition) return;
    const { keys, rows } = partition;
    const end = high === undefined ? keys.length : placeOf(keys, high);
    for (let place = placeOf(keys, low); place < end; place++) yield rows.get(keys[place]);
  }

  #put(row) {
    const { PartitionKey: partitionKey, RowKey: rowKey } = row;
    if (!this.#partitions.has(partitionKey)) this.#partitions.set(partitionKey, { keys: [], rows: new Map() });
    const { keys, rows } = this.#partitions.get(partitionKey);
    if (!rows.has(rowKey)) keys.splice(placeOf(keys, rowKey), 0, rowKey);
    rows.set(rowKey, row);
  }

  #drop({ PartitionKey: partitionKey, RowKey: rowKey }) {
    const { keys, rows } = this.#partitions.get(partitionKey);
    if (rows.delete(rowKey)) keys.splice(placeOf(keys, rowKey), 1);
    if (rows.size === 0) this.#partitions.delete(partitionKey);
  }
}

/** Where *key* stands in sorted *keys*, or would stand. */
function placeOf(keys, key) {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const LITERAL = "'((?:[^']|'')*)'";
const ONE_PARTITION = new RegExp(
  `^PartitionKey eq ${LITERAL}(?: and RowKey ge ${LITERAL}(?: and RowKey lt ${LITERAL})?)?(?= and |$)`,
);

/** The rows of a partition that can match, after those shown already; undefined where the filter is another one. */
function candidates(index, filter = "", shown = "") {
  const [, ...literals] = ONE_PARTITION.exec(filter) ?? [];
  if (literals.length === 0 || / or /.test(filter)) return undefined;
  const [partitionKey, low = "", high] = literals.map((each) => each?.replaceAll("''", "'"));
  return index.between(partitionKey, shown > low ? shown : low, high);
}

/** What Azurite asks of a result set, of rows that are in order: it goes no further than it has to. */
class InOrder {
  #conditions = [];
  #most = Infinity;

  constructor(rows) {
    this.rows = rows;
  }

  where(condition) {
    this.#conditions.push(condition);
    return this;
  }

  sort() {
    return this;
  }

  limit(most) {
    this.#most = most;
    return this;
  }

  data() {
    const found = [];
    for (const row of this.rows) {
      if (found.length === this.#most) break;
      if (this.#conditions.every((holds) => holds(row))) found.push(row);
    }
    return found;
  }
}

const indexes = new WeakMap();

function indexOf(collection) {
  if (!indexes.has(collection)) indexes.set(collection, new Index(collection));
  return indexes.get(collection);
}

const getEntityCollection = Store.prototype.getEntityCollection;
Store.prototype.getEntityCollection = function (...of) {
  const collection = getEntityCollection.apply(this, of);
  const index = indexOf(collection);
  collection.findOne = ({ PartitionKey, RowKey }) => index.get(PartitionKey, RowKey);
  return collection;
};

const queryTableEntities = Store.prototype.queryTableEntities;
Store.prototype.queryTableEntities = function (context, account, table, options, nextPartitionKey, nextRowKey) {
  const query = (store) =>
    queryTableEntities.call(store, context, account, table, options, nextPartitionKey, nextRowKey);
  const index = indexOf(this.getEntityCollection(account, table, context));
  const rows = candidates(index, options.filter, this.decodeContinuationHeader(nextRowKey));
  if (rows === undefined) return query(this);
  return query(Object.create(this, { getEntityCollection: { value: () => ({ chain: () => new InOrder(rows) }) } }));
};
