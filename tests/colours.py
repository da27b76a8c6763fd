"""How well a colour is seen on another."""

def contrast(one, other):
    """How far two colours stand apart, from 1 to 21; text needs 4.5 (WCAG 2, 1.4.3)."""
    def light(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)
