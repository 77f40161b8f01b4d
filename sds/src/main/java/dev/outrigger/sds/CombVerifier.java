package dev.outrigger.sds;

import java.math.BigInteger;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointUtil;
import org.bouncycastle.util.BigIntegers;

/// Verifies signatures of one key with tables of multiples of both points, the generator's and the key's, which
/// halves the time of each. The key's table costs as much as one signature, so this is for keys that verify again and
/// again. Everything is public here, so the time may depend on it.
///
/// Sources: FIPS 186-5 section 6.4.2; Lim and Lee, More Flexible Exponentiation with Precomputation, for two points
/// at once.
final class CombVerifier extends ECDSASigner {
    private final ECPublicKeyParameters key;

    CombVerifier(ECPublicKeyParameters key) {
        this.key = key;
    }

    @Override
    public boolean verifySignature(byte[] hash, BigInteger r, BigInteger s) {
        var order = key.getParameters().getN();
        if (!isInRange(r, order) || !isInRange(s, order)) {
            return false;
        }
        var inverse = BigIntegers.modOddInverseVar(order, s);
        var ofGenerator = calculateE(order, hash).multiply(inverse).mod(order);
        var ofKey = r.multiply(inverse).mod(order);
        var point = sum(key.getParameters().getG(), ofGenerator, key.getQ(), ofKey);
        return !point.isInfinity()
                && point.normalize().getAffineXCoord().toBigInteger().mod(order).equals(r);
    }

    private static boolean isInRange(BigInteger number, BigInteger order) {
        return number.signum() > 0 && number.compareTo(order) < 0;
    }

    /// Both tables are as wide, as that goes by the curve.
    private static ECPoint sum(ECPoint first, BigInteger timesFirst, ECPoint second, BigInteger timesSecond) {
        var ofFirst = FixedPointUtil.precompute(first);
        var ofSecond = FixedPointUtil.precompute(second);
        var width = ofFirst.getWidth();
        var columns = Math.ceilDiv(FixedPointUtil.getCombSize(first.getCurve()), width);
        var sum = first.getCurve().getInfinity();
        for (var column = columns - 1; column >= 0; column--) {
            sum = sum.twicePlus(ofFirst.getLookupTable().lookupVar(index(timesFirst, column, columns, width)))
                    .add(ofSecond.getLookupTable().lookupVar(index(timesSecond, column, columns, width)));
        }
        return sum.add(ofFirst.getOffset()).add(ofSecond.getOffset());
    }

    /// The bits of one column of the comb.
    private static int index(BigInteger number, int column, int columns, int width) {
        var index = 0;
        for (var row = width - 1; row >= 0; row--) {
            index = (index << 1) | (number.testBit(row * columns + column) ? 1 : 0);
        }
        return index;
    }
}
