"""Which of equal elements is chosen: the steps of PyTorch's selections, for rows of ranks.

`topk` and `mode` are GNU's nth_element, partial_sort and sort (D. Musser, 1997), `kthvalue` is
C. Hoare's quickselect (1961) with the median of three. All compare ranks alone and swap, so where
ranks are equal the order that they leave is theirs. Rows without ties do not need them.
"""
import numpy as np

def ranks(row, largest=False):
    """0 for what comes first, 1 for what is next; equal elements have one rank, NaN is largest."""
    values, found = np.unique(row, return_inverse=True)
    return (len(values) - 1 - found if largest else found).tolist()

def first_k(rank, k, sorted):
    """The places of the k lowest ranks, as topk leaves them."""
    a = [*zip(rank, range(len(rank)))]
    if k * 64 <= len(a):
        _heap_select(a, k, len(a))
        _sort_heap(a, k)
    else:
        _nth_element(a, k - 1)
        if sorted:
            a[:k - 1] = _sorted(a[:k - 1])
    return [place for _, place in a[:k]]

def last_of_most(rank):
    """The last of the lowest rank that occurs most often, after a sort."""
    a, counts = _sorted([*zip(rank, range(len(rank)))]), np.bincount(rank)
    return a[counts[:counts.argmax() + 1].sum() - 1][1]

def kth(rank, k):
    """The place of the k-th lowest rank, k from 0 up."""
    a, left, right = [*zip(rank, range(len(rank)))], 0, len(rank) - 1
    def above(i, j): return a[i][0] > a[j][0]
    while right > left + 1:
        _swap(a, left + (right - left) // 2, left + 1)
        for i, j in ((left + 1, right), (left, right), (left + 1, left)):
            if above(i, j):
                _swap(a, i, j)
        i, j = left + 1, right
        while True:
            i, j = i + 1, j - 1
            while above(left, i):
                i += 1
            while above(j, left):
                j -= 1
            if j < i:
                break
            _swap(a, i, j)
        _swap(a, left, j)
        left, right = i if j <= k else left, j - 1 if j >= k else right
    if right == left + 1 and above(left, right):
        _swap(a, left, right)
    return a[k][1]

def _swap(a, i, j): a[i], a[j] = a[j], a[i]
def _rank(pair): return pair[0]

def _partition(a, first, last):
    """Around the median of three, which comes first; where the upper part begins."""
    b, c, d = first + 1, first + (last - first) // 2, last - 1
    if a[b][0] < a[c][0]:
        middle = c if a[c][0] < a[d][0] else d if a[b][0] < a[d][0] else b
    else:
        middle = b if a[b][0] < a[d][0] else d if a[c][0] < a[d][0] else c
    _swap(a, first, middle)
    pivot, i, j = a[first][0], first + 1, last - 1
    while True:
        while a[i][0] < pivot:
            i += 1
        while pivot < a[j][0]:
            j -= 1
        if i >= j:
            return i
        _swap(a, i, j)
        i, j = i + 1, j - 1

def _nth_element(a, nth):
    first, last, depth = 0, len(a), 2 * (len(a).bit_length() - 1)
    while last - first > 3:
        if depth == 0:
            part = a[first:last]
            _heap_select(part, nth + 1 - first, len(part))
            _swap(part, 0, nth - first)
            a[first:last] = part
            return
        cut, depth = _partition(a, first, last), depth - 1
        first, last = (cut, last) if cut <= nth else (first, cut)
    a[first:last] = sorted(a[first:last], key=_rank)           # by insertion, which keeps the order

def _sorted(a):
    parts = [(0, len(a), 2 * (len(a).bit_length() - 1))] if len(a) > 16 else []
    while parts:
        first, last, depth = parts.pop()
        while last - first > 16:
            if depth == 0:
                part = a[first:last]
                _heap_select(part, len(part), len(part))
                _sort_heap(part, len(part))
                a[first:last] = part
                break
            cut, depth = _partition(a, first, last), depth - 1
            parts.append((cut, last, depth))
            last = cut
    return sorted(a, key=_rank)                                # the end is by insertion, too

def _heap_select(a, middle, last):
    """The `middle` lowest as a heap at the front."""
    for parent in reversed(range(middle // 2)):
        _sink(a, parent, middle, a[parent])
    for i in range(middle, last):
        if a[i][0] < a[0][0]:
            value, a[i] = a[i], a[0]
            _sink(a, 0, middle, value)

def _sort_heap(a, last):
    while last > 1:
        last -= 1
        value, a[last] = a[last], a[0]
        _sink(a, 0, last, value)

def _sink(a, hole, size, value):
    """Move the hole down to a leaf, by the larger children; the value rises from there."""
    top = child = hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if a[child][0] < a[child - 1][0]:
            child -= 1
        a[hole], hole = a[child], child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        a[hole], hole = a[child], child
    while hole > top and a[(hole - 1) // 2][0] < value[0]:
        a[hole], hole = a[(hole - 1) // 2], (hole - 1) // 2
    a[hole] = value
