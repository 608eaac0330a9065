// Loaded into Azurite: finds rows by their keys, as Azure does. Azurite alone looks at every row of a table for each
// query, and at every row of a partition for each row, so that a directory of 10,000 users takes hours.
// What Azurite decides about the rows it is shown (filter, order, page) stays its own.
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

  /** Rows of a partition from one row key (in) to another (out). */
  between(partitionKey, low, high) {
    const partition = this.#partitions.get(partitionKey);
    if (!partition) return [];
    const { keys, rows } = partition;
    return keys.slice(placeOf(keys, low), high === undefined ? undefined : placeOf(keys, high)).map((key) => rows.get(key));
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

/** The rows that can match: all those of a partition, or a range of them; undefined where the filter is another one. */
function candidates(index, filter = "") {
  const [, ...literals] = ONE_PARTITION.exec(filter) ?? [];
  if (literals.length === 0 || / or /.test(filter)) return undefined;
  const [partitionKey, low = "", high] = literals.map((each) => each?.replaceAll("''", "'"));
  return index.between(partitionKey, low, high);
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
Store.prototype.queryTableEntities = function (context, account, table, options, ...from) {
  const collection = this.getEntityCollection(account, table, context);
  const rows = candidates(indexOf(collection), options.filter);
  if (rows === undefined) return queryTableEntities.call(this, context, account, table, options, ...from);
  const narrowed = Object.create(this, { getEntityCollection: { value: () => ({ chain: () => chosen(collection, rows) }) } });
  return queryTableEntities.call(narrowed, context, account, table, options, ...from);
};

/** A result set of *rows*, which Azurite goes on to filter, sort and cut. */
function chosen(collection, rows) {
  const result = collection.chain();
  result.filteredrows = rows.map((row) => collection.get(row.$loki, true)[1]);
  result.filterInitialized = true;
  return result;
}
